// The language-model loss and the gradient of the hidden states, in chunks of the rows that have a target, so that the
// logits of all tokens over the whole vocabulary are never in memory at once. Each chunk is differentiated down to its
// rows of hidden states before the next one starts.
import { differentiate } from "./autodiff.ts";
import type { GraphBuilder } from "./builder.ts";
import type { TensorSpec } from "./ir.ts";
import { crossEntropy, fill, gatherRows, scatterRows, sumInto } from "./ops/index.ts";

/** Trainable tensors and the buffers of their gradients, for `differentiate`. */
export interface Trainables {
	readonly wrt: readonly TensorSpec[];
	gradientOf(trainable: TensorSpec): TensorSpec;
}

export interface LossInputs {
	readonly hidden: TensorSpec; // [T, H], live rows as tokens
	readonly vocabulary: number; // V
	/** Nodes of the head. rows: [C, H] → logits [C, V], fresh: they are overwritten */
	head(rows: TensorSpec): TensorSpec;
	readonly targetRows: TensorSpec; // [R] u32: row of hidden that predicts target i; distinct, live_targets of them
	readonly targetIds: TensorSpec; // [R] u32: the token it should predict
	/** States whose element 0 increases by the summed negative log-likelihood, in nats: of all targets, or one state per adapter slot. */
	readonly lossSum: TensorSpec | readonly TensorSpec[];
	/** Compute the gradient of step.loss_scale * (summed loss) with respect to hidden and to what is trained in the head. */
	readonly gradient: Trainables | null;
	/** Rows of logits in memory at once; by default as many as fit into LOGITS_BYTES. */
	readonly chunkRows?: number;
}

/** Largest size of a chunk's logits (unless 8 rows are larger). */
const LOGITS_BYTES = 16 * 2 ** 20;
/** Chunks are multiples of this, so that the tiles of the products fit. */
const ROWS_MULTIPLE = 8;

/** Number of rows of a chunk: as few equal chunks as LOGITS_BYTES allows. */
export function lossChunkRows(rows: number, vocabulary: number): number {
	const fitting = Math.max(ROWS_MULTIPLE, Math.floor(LOGITS_BYTES / (vocabulary * 4) / ROWS_MULTIPLE) * ROWS_MULTIPLE);
	const chunks = Math.ceil(rows / fitting);
	return Math.min(rows, Math.ceil(rows / chunks / ROWS_MULTIPLE) * ROWS_MULTIPLE);
}

/** Adds the nodes of the loss. Returns dHidden [T, H] if `gradient` is given. */
export function languageModelLoss(builder: GraphBuilder, inputs: LossInputs): TensorSpec | undefined {
	const { hidden, vocabulary, head, targetRows, targetIds, lossSum, gradient } = inputs;
	const [capacity] = targetRows.shape;
	const chunkRows = inputs.chunkRows ?? lossChunkRows(capacity, vocabulary);
	const dHidden =
		gradient === null
			? undefined
			: fill(builder, "loss.dHidden", [], { shape: hidden.shape, value: 0, live: hidden.live });
	for (let offset = 0; offset < capacity; offset += chunkRows) {
		const name = `loss.${offset}`;
		const count = Math.min(chunkRows, capacity - offset);
		const rows = gatherRows(builder, `${name}.rows`, [hidden, targetRows], { offset, count }); // [count, H]
		const from = builder.nodes.length;
		const logits = head(rows); // [count, V]
		const losses = crossEntropy(builder, `${name}.losses`, logits, targetIds, { offset, gradient: gradient !== null }); // [count]
		if ("id" in lossSum) sumInto(builder, `${name}.sum`, losses, lossSum, 0);
		else lossSum.forEach((sum, slot) => sumInto(builder, `${name}.sum.${slot}`, losses, sum, 0, slot));
		if (gradient === null || dHidden === undefined) continue;
		// The logits now contain their own gradient.
		const seeds = new Map([[logits.id, logits]]);
		const dRows = differentiate(builder, seeds, gradient.wrt, gradient.gradientOf, { from, through: rows }); // [count, H]
		if (dRows !== undefined) scatterRows(builder, `${name}.scatter`, dRows, targetRows, dHidden, offset);
	}
	return dHidden;
}
