// Chooses matmul variants and, on GPUs, the blocks of attention by measurement on the user's device, within a time budget.
import { ATTENTION_CANDIDATES, attentionWork } from "./autotune-attention.ts";
import { checkVariant } from "./autotune-check.ts";
import { choose, type Measured, measureCandidates, type Work } from "./candidates.ts";
import { matmulCalls } from "./matmul.ts";
import type { Pipelines } from "./pipelines.ts";
import type { Choices } from "./saved-tuning.ts";
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

/** Time for all measurements on a new device, compiling included. */
const TUNING_MILLISECONDS = 3000;

export interface CandidateResult extends Measured<MatmulVariant> {
	readonly kind: ShapeKind;
}

export interface TuningReport extends Choices {
	/** Candidates for attention, by the queries of a block. */
	readonly attention: readonly Measured<number>[];
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
	const blocks = device === "gpu" ? ATTENTION_CANDIDATES : [];
	const total = kinds.reduce((sum, { variants }) => sum + variants.length, blocks.length);
	const results: CandidateResult[] = [];
	let outOfTime = false;
	for (const { kind, variants } of kinds) {
		const shape = SHAPES[kind];
		const work = matmulWork(pipelines, device === "gpu" && kind === "wide" ? { ...shape, m: GPU_ROWS } : shape);
		const run = await measureCandidates(pipelines, variants, work, clock, (done) =>
			onProgress(results.length + done, total),
		);
		results.push(...run.results.map((result) => ({ kind, ...result })));
		table[kind] = choose(run.results, PLAIN_VARIANT);
		outOfTime ||= run.outOfTime;
		onProgress(results.length, total);
	}
	const attention = await measureCandidates(pipelines, blocks, attentionWork(pipelines), clock, (done) =>
		onProgress(results.length + done, total),
	);
	return {
		table,
		...(blocks.length > 0 ? { attentionQueries: choose(attention.results, 0) } : {}),
		attention: attention.results,
		candidates: results,
		outOfTime: outOfTime || attention.outOfTime,
		milliseconds: now() - started,
	};
}

function matmulWork(pipelines: Pipelines, shape: MatmulShape): Work<MatmulVariant> {
	const { m, n, k, storageB } = shape;
	const problem = { m, n, segments: [{ ...shape, scale: 1, adapter: false }], accumulate: false };
	const operands = { segments: [{ a: { tensor: 0 }, b: { tensor: 1 } }], out: { tensor: 2 } };
	return {
		check: (variant) => checkVariant(pipelines, variant, shape),
		buffers: [m * k * 4, weightFormatBytes(storageB, shape.transposeB ? [n, k] : [k, n]), m * n * 4],
		calls: (variant) => matmulCalls(operands, problem, { matmul: () => variant }, pipelines.gpu.device.limits),
	};
}
