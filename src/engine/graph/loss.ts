// The language model's loss and the gradient of the hidden states, in chunks of the rows that have a target: logits of
// all tokens over the whole vocabulary are never in memory at once.
import type { GraphBuilder } from "./builder.ts";
import type { TensorSpec } from "./ir.ts";
import { crossEntropy, fill, gatherRows, matmul, scatterRows, sumInto } from "./ops/index.ts";

export interface LossInputs {
	readonly hidden: TensorSpec; // [T, H], alive as tokens
	readonly head: TensorSpec; // [V, H] f32 or bf16
	readonly targetRows: TensorSpec; // [R] u32: row of hidden that predicts target i; distinct, live_targets of them
	readonly targetIds: TensorSpec; // [R] u32: the token it should predict
	readonly lossSum: TensorSpec; // state; element 0 grows by the summed negative log-likelihood, in nats
	/** Make the gradient of step.loss_scale * (summed loss) with respect to hidden. */
	readonly gradient: boolean;
	/** Rows of logits in memory at once; by default as many as fit into LOGITS_BYTES. */
	readonly chunkRows?: number;
}

/** Logits of a chunk take at most this much (unless 8 rows take more). */
const LOGITS_BYTES = 16 * 2 ** 20;
/** Chunks are multiples of this, so that the tiles of the products fit. */
const ROWS_MULTIPLE = 8;

/** Rows of logits a chunk holds: few equal chunks, each within LOGITS_BYTES. */
export function lossChunkRows(rows: number, vocabulary: number): number {
	const fitting = Math.max(ROWS_MULTIPLE, Math.floor(LOGITS_BYTES / (vocabulary * 4) / ROWS_MULTIPLE) * ROWS_MULTIPLE);
	const chunks = Math.ceil(rows / fitting);
	return Math.min(rows, Math.ceil(rows / chunks / ROWS_MULTIPLE) * ROWS_MULTIPLE);
}

/** Adds the nodes of the loss. Returns dHidden [T, H] when `gradient` is asked for. */
export function languageModelLoss(builder: GraphBuilder, inputs: LossInputs): TensorSpec | undefined {
	const { hidden, head, targetRows, targetIds, lossSum, gradient } = inputs;
	const [capacity] = targetRows.shape;
	const chunkRows = inputs.chunkRows ?? lossChunkRows(capacity, head.shape[0]);
	const dHidden = gradient
		? fill(builder, "loss.dHidden", [], { shape: hidden.shape, value: 0, live: hidden.live })[0]
		: undefined;
	for (let offset = 0; offset < capacity; offset += chunkRows) {
		const name = `loss.${offset}`;
		const count = Math.min(chunkRows, capacity - offset);
		const rows = gatherRows(builder, `${name}.rows`, [hidden, targetRows], { offset, count })[0]; // [count, H]
		const logits = product(builder, `${name}.logits`, rows, head, true); // [count, V]
		const losses = crossEntropy(builder, `${name}.losses`, logits, targetIds, { offset, gradient }); // [count]
		sumInto(builder, `${name}.sum`, losses, lossSum, 0);
		if (dHidden === undefined) continue;
		const dRows = product(builder, `${name}.dRows`, logits, head, false); // logits hold their gradient: [count, H]
		scatterRows(builder, `${name}.scatter`, dRows, targetRows, dHidden, offset);
	}
	return dHidden;
}

/** a · headᵀ, or a · head. */
function product(
	builder: GraphBuilder,
	name: string,
	a: TensorSpec,
	head: TensorSpec,
	transposeB: boolean,
): TensorSpec {
	const segments = [{ transposeA: false, transposeB, scale: 1, adapter: false }];
	return matmul(builder, name, [a, head], { segments, accumulate: false, bias: false })[0];
}
