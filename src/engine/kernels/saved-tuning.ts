// A measured tuning table as text, with the key of what it is valid for: the adapter, its driver, the browser, the kernels
// and the candidates.
import { attentionBlockText } from "./attention-block.ts";
import { ATTENTION_CANDIDATES } from "./autotune-attention.ts";
import { matmulText } from "./matmul-variants.ts";
import { MATRIX_WGSL } from "./matrix-units.ts";
import { type MatmulVariant, type MatrixTypes, SHAPE_KINDS, STRATEGY_NAMES, type TuningTable } from "./tuning.ts";
import { CANDIDATES } from "./tuning-defaults.ts";

/**
 * The key of a measured table.
 * @param agent the browser, or Node and the WebGPU package, with versions
 */
export function tuningKey({ vendor, architecture, device, description }: GPUAdapterInfo, agent: string): string {
	return [
		vendor,
		architecture,
		device,
		description,
		agent,
		hash(
			matmulText +
				attentionBlockText +
				Object.values(MATRIX_WGSL).join("") +
				JSON.stringify([CANDIDATES, ATTENTION_CANDIDATES]),
		),
	].join("|");
}

/** The name of the file that contains the table of a key. */
export const tuningFile = (key: string): string => `${hash(key)}.json`;

/** What was chosen by measurement. */
export interface Choices {
	readonly table: TuningTable;
	/** Queries of a block of attention; absent where only the default was measured. */
	readonly attentionQueries?: number;
	/** Types of operands for which matrix units are used; absent on devices without them. */
	readonly matrices?: MatrixTypes;
}

export function saveChoices(key: string, { table, attentionQueries, matrices }: Choices): string {
	return JSON.stringify({ key, table, attentionQueries, matrices });
}

/** Reads what `saveChoices` wrote; null if it has another key or is incomplete. */
export function loadChoices(text: string, key: string): Choices | null {
	let saved: unknown;
	try {
		saved = JSON.parse(text);
	} catch {
		return null;
	}
	if (typeof saved !== "object" || saved === null || !("key" in saved) || saved.key !== key || !("table" in saved))
		return null;
	const { table } = saved;
	if (!isTable(table)) return null;
	const queries = "attentionQueries" in saved ? saved.attentionQueries : undefined;
	const known = ATTENTION_CANDIDATES.find((candidate) => candidate === queries);
	return {
		table,
		...(known === undefined ? {} : { attentionQueries: known }),
		...("matrices" in saved ? { matrices: typesOf(saved.matrices) } : {}),
	};
}

function typesOf(saved: unknown): MatrixTypes {
	const { f16, f32 } = (saved ?? {}) as Partial<MatrixTypes>;
	return { f16: f16 === true, f32: f32 === true };
}

function isTable(table: unknown): table is TuningTable {
	if (typeof table !== "object" || table === null) return false;
	return SHAPE_KINDS.every((kind) => {
		const variant = (table as Record<string, unknown>)[kind];
		return variant === undefined ? kind === "small" || kind === "medium" : isVariant(variant);
	});
}

function isVariant(value: unknown): value is MatmulVariant {
	if (typeof value !== "object" || value === null) return false;
	const { strategy, rows, columns, unroll, threads, splits = 1 } = value as Record<string, unknown>;
	const sizes = [rows, columns, unroll, threads, splits];
	return (
		STRATEGY_NAMES.some((name) => name === strategy) &&
		sizes.every((size) => Number.isInteger(size) && (size as number) > 0 && (size as number) <= 1024)
	);
}

/** FNV-1a, 32 bits. */
export function hash(text: string): string {
	let h = 0x811c9dc5;
	for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
	return (h >>> 0).toString(16).padStart(8, "0");
}
