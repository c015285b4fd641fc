// Chooses matmul variants by measurement on the user's device, within a time budget. A candidate that does not compile or
// computes wrong values is dropped. A challenger replaces the default only when it is clearly faster: for short kernels, the
// minimum of a few runs can be off by a third.
import { checkVariant } from "./autotune-check.ts";
import { matmulCalls } from "./matmul.ts";
import type { Pipelines } from "./pipelines.ts";
import { timeInterleaved } from "./timing.ts";
import {
	type ByKind,
	type MatmulShape,
	type MatmulVariant,
	PLAIN_VARIANT,
	SHAPE_KINDS,
	type ShapeKind,
	type TuningTable,
} from "./tuning.ts";
import { CANDIDATES, type DeviceClass, defaultTable } from "./tuning-defaults.ts";
import { weightFormatBytes } from "./weight-format.ts";

/** A challenger must take less than this share of the default's time. */
const CLEARLY_FASTER = 1 / 1.08;
/** Time for all measurements on a new device, compiling included. */
const TUNING_MILLISECONDS = 3000;

export interface CandidateResult {
	readonly kind: ShapeKind;
	readonly variant: MatmulVariant;
	/** Null if the candidate was not timed. */
	readonly milliseconds: number | null;
	/** Why it was dropped; null if it was not. */
	readonly dropped: "does not compile" | "wrong values" | null;
}

export interface TuningReport {
	readonly table: TuningTable;
	readonly candidates: readonly CandidateResult[];
	/** Whether the budget ended before every candidate was measured; the others keep the default. */
	readonly outOfTime: boolean;
	readonly milliseconds: number;
}

export interface AutotuneOptions {
	readonly budgetMilliseconds?: number;
	readonly onProgress?: (done: number, total: number) => void;
	/** The candidates, the default first. */
	readonly candidates?: ByKind<readonly [MatmulVariant, ...MatmulVariant[]]>;
	readonly now?: () => number;
}

/** The shapes that are measured: SmolLM2-135M's MLP and rank 16, so that one table serves every model on the device. */
const SHAPES: Readonly<Record<ShapeKind, MatmulShape>> = {
	wide: { m: 256, n: 1536, k: 576, transposeA: false, transposeB: true, storageB: "bf16" },
	medium: { m: 512, n: 576, k: 576, transposeA: false, transposeB: true, storageB: "bf16" },
	small: { m: 128, n: 576, k: 576, transposeA: false, transposeB: true, storageB: "bf16" },
	narrow: { m: 16, n: 256, k: 576, transposeA: false, transposeB: true, storageB: "f32" },
	few: { m: 1, n: 1536, k: 576, transposeA: false, transposeB: true, storageB: "bf16" },
};
/** Rows of the wide shape on a GPU. */
const GPU_ROWS = 512;

/** Measures the candidates of a device class, the kinds that take most of a training step first. */
export async function autotune(
	pipelines: Pipelines,
	device: DeviceClass,
	{
		budgetMilliseconds = TUNING_MILLISECONDS,
		onProgress = () => undefined,
		candidates = CANDIDATES[device],
		now = () => performance.now(),
	}: AutotuneOptions = {},
): Promise<TuningReport> {
	const started = now();
	const clock = { now, deadline: started + budgetMilliseconds, longest: 0 };
	const table: { -readonly [Kind in keyof TuningTable]: TuningTable[Kind] } = { ...defaultTable(device) };
	const kinds = SHAPE_KINDS.toReversed().flatMap((kind) => {
		const variants = candidates[kind] ?? [];
		return variants.length > 1 ? [{ kind, variants }] : [];
	});
	const total = kinds.reduce((sum, { variants }) => sum + variants.length, 0);
	const results: CandidateResult[] = [];
	let outOfTime = false;
	for (const { kind, variants } of kinds) {
		const shape = SHAPES[kind];
		const run = await measureKind(
			pipelines,
			device === "gpu" && kind === "wide" ? { ...shape, m: GPU_ROWS } : shape,
			variants,
			clock,
			(done) => onProgress(results.length + done, total),
		);
		results.push(...run.results.map((result) => ({ kind, ...result })));
		table[kind] = choose(run.results);
		outOfTime ||= run.outOfTime;
		onProgress(results.length, total);
	}
	return { table, candidates: results, outOfTime, milliseconds: now() - started };
}

type KindResult = Omit<CandidateResult, "kind">;

/**
 * Returns the first candidate that was not dropped, unless another is clearly faster. If all were dropped, the plain variant,
 * which every device supports.
 */
export function choose(results: readonly KindResult[]): MatmulVariant {
	const usable = results.filter(({ dropped }) => dropped === null);
	if (usable.length === 0) return PLAIN_VARIANT;
	const timed = usable.filter((result) => result.milliseconds !== null) as (KindResult & { milliseconds: number })[];
	const [first] = usable;
	if (first.milliseconds === null || timed.length === 0) return first.variant;
	const fastest = timed.reduce((best, one) => (one.milliseconds < best.milliseconds ? one : best));
	return fastest.milliseconds < first.milliseconds * CLEARLY_FASTER ? fastest.variant : first.variant;
}

interface Clock {
	readonly deadline: number;
	now(): number;
	/** The longest time that a candidate took to compile and check. */
	longest: number;
}

async function measureKind(
	pipelines: Pipelines,
	shape: MatmulShape,
	variants: readonly MatmulVariant[],
	clock: Clock,
	onChecked: (count: number) => void,
): Promise<{ results: KindResult[]; outOfTime: boolean }> {
	const results: KindResult[] = variants.map((variant) => ({ variant, milliseconds: null, dropped: null }));
	const checked: number[] = [];
	for (const [i, variant] of variants.entries()) {
		const started = clock.now();
		// A compilation cannot be cancelled, so one that would probably exceed the budget is not started.
		if (clock.deadline - started < clock.longest) break;
		const dropped = await within(checkVariant(pipelines, variant, shape), clock.deadline - started);
		if (dropped === TOO_LATE) break;
		clock.longest = Math.max(clock.longest, clock.now() - started);
		results[i] = { ...results[i], dropped };
		if (dropped === null) checked.push(i);
		onChecked(i + 1);
	}
	if (checked.length > 1) {
		const times = await within(time(pipelines, shape, checked, variants, clock), clock.deadline - clock.now());
		if (times !== TOO_LATE)
			for (const [c, i] of checked.entries()) results[i] = { ...results[i], milliseconds: times[c] };
	}
	const usable = results.filter(({ dropped }) => dropped === null);
	return { results, outOfTime: usable.length > 1 && usable.some(({ milliseconds }) => milliseconds === null) };
}

/** @returns null for candidates that were not timed before the deadline */
async function time(
	pipelines: Pipelines,
	shape: MatmulShape,
	which: readonly number[],
	variants: readonly MatmulVariant[],
	{ deadline, now }: Clock,
): Promise<(number | null)[]> {
	const { gpu } = pipelines;
	const { m, n, k, storageB } = shape;
	const buffers = [m * k * 4, weightFormatBytes(storageB, shape.transposeB ? [n, k] : [k, n]), m * n * 4].map((bytes) =>
		gpu.storage("autotune", bytes),
	);
	try {
		const problem = { m, n, segments: [{ ...shape, scale: 1, adapter: false }], accumulate: false };
		const operands = { segments: [{ a: { tensor: 0 }, b: { tensor: 1 } }], out: { tensor: 2 } };
		const candidates = which.map((i) => ({
			name: variants[i].strategy,
			calls: matmulCalls(operands, problem, { matmul: () => variants[i] }, gpu.device.limits),
		}));
		const timings = await timeInterleaved(pipelines, buffers, candidates, { until: { time: deadline, now } });
		return timings.map(({ milliseconds }) => (Number.isFinite(milliseconds) ? milliseconds : null));
	} finally {
		for (const buffer of buffers) gpu.destroyBuffer(buffer);
	}
}

const TOO_LATE = Symbol("too late");

/** The result of `work`, or TOO_LATE when it takes longer; it then ends in the background. */
async function within<T>(work: Promise<T>, milliseconds: number): Promise<T | typeof TOO_LATE> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<typeof TOO_LATE>((resolve) => {
		timer = setTimeout(() => resolve(TOO_LATE), Math.max(0, milliseconds));
	});
	work.catch(() => undefined);
	try {
		return await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
	}
}
