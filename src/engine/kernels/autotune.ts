// Adjusts the default variants by measurement on the user's device. A challenger replaces a default only when it is
// clearly faster: for short kernels, the minimum of a few runs can be off by a third. The result is plain data.
import { matmulCalls } from "./matmul.ts";
import { matmulText } from "./matmul-variants.ts";
import type { Pipelines } from "./pipelines.ts";
import { timeInterleaved } from "./timing.ts";
import {
	type MatmulShape,
	type MatmulVariant,
	SHAPE_KINDS,
	type ShapeKind,
	STRATEGY_NAMES,
	shapeKind,
	type TuningTable,
} from "./tuning.ts";
import { CANDIDATES, type DeviceClass, defaultTable } from "./tuning-defaults.ts";
import { weightFormatBytes } from "./weight-format.ts";

/** A challenger must take less than this share of the default's time. */
const CLEARLY_FASTER = 1 / 1.08;

export interface TuningReport {
	readonly table: TuningTable;
	readonly measured: readonly {
		readonly kind: ShapeKind;
		readonly variant: MatmulVariant;
		readonly milliseconds: number;
	}[];
}

/**
 * Measures the candidates of a device class, about 60 ms each after compiling.
 * @param shapes one of each kind that the model has; kinds without a shape keep their default.
 */
export async function autotune(
	pipelines: Pipelines,
	device: DeviceClass,
	shapes: readonly MatmulShape[],
): Promise<TuningReport> {
	const table: Record<ShapeKind, MatmulVariant> = { ...defaultTable(device) };
	const measured: { kind: ShapeKind; variant: MatmulVariant; milliseconds: number }[] = [];
	const tried = new Set<ShapeKind>();
	for (const shape of shapes) {
		const kind = shapeKind(shape);
		const candidates = CANDIDATES[device][kind];
		if (tried.has(kind) || candidates.length < 2) continue;
		tried.add(kind);
		const times = await measure(pipelines, shape, candidates);
		measured.push(...candidates.map((variant, i) => ({ kind, variant, milliseconds: times[i] })));
		table[kind] = choose(candidates, times);
	}
	return { table, measured };
}

/** Returns the default (the first) unless another is clearly faster. */
export function choose(
	candidates: readonly [MatmulVariant, ...MatmulVariant[]],
	milliseconds: readonly number[],
): MatmulVariant {
	const fastest = milliseconds.indexOf(Math.min(...milliseconds));
	return milliseconds[fastest] < milliseconds[0] * CLEARLY_FASTER ? candidates[fastest] : candidates[0];
}

async function measure(
	pipelines: Pipelines,
	shape: MatmulShape,
	variants: readonly MatmulVariant[],
): Promise<number[]> {
	const { gpu } = pipelines;
	const { m, n, k, storageB } = shape;
	const buffers = [m * k * 4, weightFormatBytes(storageB, shape.transposeB ? [n, k] : [k, n]), m * n * 4].map((bytes) =>
		gpu.storage("autotune", bytes),
	);
	try {
		const problem = { m, n, segments: [{ ...shape, scale: 1, adapter: false }], accumulate: false };
		const operands = { segments: [{ a: { tensor: 0 }, b: { tensor: 1 } }], out: { tensor: 2 } };
		const candidates = variants.map((variant) => ({
			name: variant.strategy,
			calls: matmulCalls(operands, problem, { matmul: () => variant }, gpu.device.limits),
		}));
		return (await timeInterleaved(pipelines, buffers, candidates)).map(({ milliseconds }) => milliseconds);
	} finally {
		for (const buffer of buffers) gpu.destroyBuffer(buffer);
	}
}

/** The key of a measured table: the WebGPU adapter, its driver, and the text of the kernels. */
export function tuningKey({ vendor, architecture, device, description }: GPUAdapterInfo, agent: string): string {
	return [vendor, architecture, device, description, agent, hash(matmulText)].join("|");
}

export function saveTable(key: string, table: TuningTable): string {
	return JSON.stringify({ key, table });
}

/** Reads what `saveTable` wrote; null if it has another key or is incomplete. */
export function loadTable(text: string, key: string): TuningTable | null {
	let saved: unknown;
	try {
		saved = JSON.parse(text);
	} catch {
		return null;
	}
	if (typeof saved !== "object" || saved === null || !("key" in saved) || saved.key !== key || !("table" in saved))
		return null;
	const { table } = saved;
	return isTable(table) ? table : null;
}

function isTable(table: unknown): table is TuningTable {
	if (typeof table !== "object" || table === null) return false;
	return SHAPE_KINDS.every((kind) => kind in table && isVariant((table as Record<string, unknown>)[kind]));
}

function isVariant(value: unknown): value is MatmulVariant {
	if (typeof value !== "object" || value === null) return false;
	const { strategy, rows, columns, unroll, threads } = value as Record<string, unknown>;
	const sizes = [rows, columns, unroll, threads];
	return (
		STRATEGY_NAMES.some((name) => name === strategy) &&
		sizes.every((size) => Number.isInteger(size) && (size as number) > 0 && (size as number) <= 256)
	);
}

/** FNV-1a, 32 bits. */
function hash(text: string): string {
	let h = 0x811c9dc5;
	for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
	return (h >>> 0).toString(16);
}
