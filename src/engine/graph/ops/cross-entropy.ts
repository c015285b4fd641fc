// crossEntropy: the loss of each target token, with its gradient written in place; sumInto sums the losses over chunks and
// micro-batches. loss.ts combines them.
import { crossEntropyCall, ROW_THREADS, sumIntoCall } from "../../kernels/cross-entropy.ts";
import { liveRows } from "../../kernels/step.ts";
import type { GraphBuilder } from "../builder.ts";
import type { TensorSpec } from "../ir.ts";
import { defineOp, ranges } from "../op.ts";

export interface CrossEntropyAttrs {
	/** Entry of the target ids that belongs to row 0. */
	readonly offset: number;
	/** Overwrite the logits with (softmax - onehot) * step.loss_scale. */
	readonly gradient: boolean;
}

export const crossEntropyOp = defineOp<CrossEntropyAttrs>({
	op: "crossEntropy",
	infer({ offset, gradient }, [logits, targets]) {
		const [rows] = logits.shape;
		if (targets.dtype !== "u32" || offset + rows > targets.shape[0]) {
			throw new Error(`crossEntropy: ${offset} + ${rows} targets of [${targets.shape}] ${targets.dtype}`);
		}
		const losses = { shape: [rows], dtype: "f32" } as const;
		return gradient ? [losses, { shape: logits.shape, dtype: "f32" }] : [losses];
	},
	updates: ({ gradient }) => (gradient ? [1] : []),
	reference({ attrs: { offset, gradient }, inputs: [logits, targets], inputSpecs: [spec], outputs: [losses], step }) {
		const [rows, vocabulary] = spec.shape;
		for (let i = 0; i < liveRows(rows, spec.live, step); i++) {
			const row = logits.subarray(i * vocabulary, (i + 1) * vocabulary);
			let highest = Number.NEGATIVE_INFINITY;
			let finite = true;
			for (const logit of row) {
				highest = Math.max(highest, logit);
				finite &&= Number.isFinite(logit);
			}
			let sum = 0;
			for (const logit of row) sum += Math.exp(logit - highest);
			const target = targets[offset + i];
			losses[i] = finite ? Math.log(sum) + highest - row[target] : Number.NaN;
			if (!gradient) continue;
			for (let v = 0; v < vocabulary; v++)
				row[v] = (Math.exp(row[v] - highest) / sum - (v === target ? 1 : 0)) * step.loss_scale;
		}
	},
	lower({ attrs: { offset, gradient }, inputs: [logits, targets], outputs: [losses], tuning }) {
		const [rows, vocabulary] = logits.shape;
		const io = ranges({ logits, targets, losses });
		const shape = { rows, vocabulary, first: offset, gradient, live: logits.live };
		return [crossEntropyCall(io, shape, tuning.rowThreads ?? ROW_THREADS)];
	},
});

/**
 * Negative log-likelihood of each live row's target, in nats; NaN when a logit of the row is not finite. With
 * `gradient` the logits then hold their own gradient. logits: [C, V], targetIds: u32 [R], row i's at offset + i.
 */
export function crossEntropy(
	builder: GraphBuilder,
	name: string,
	logits: TensorSpec,
	targetIds: TensorSpec,
	attrs: CrossEntropyAttrs,
): TensorSpec {
	if (!attrs.gradient) return crossEntropyOp(builder, name, [logits, targetIds], attrs);
	const losses = builder.activation(name, [logits.shape[0]], "f32", logits.live);
	crossEntropyOp.into(builder, name, [logits, targetIds], [losses, logits], attrs);
	return losses;
}

export const sumIntoOp = defineOp<{ readonly index: number; readonly slot?: number }>({
	op: "sumInto",
	infer({ index, slot }, [values, state]) {
		if (slot !== undefined && values.live?.axis !== "targets") throw new Error("sumInto: only targets have slots");
		if (values.shape.length !== 1 || index >= state.shape[0])
			throw new Error(`sumInto: [${values.shape}] into [${state.shape}][${index}]`);
		return [{ shape: state.shape, dtype: "f32" }];
	},
	updates: () => [0],
	reference({ attrs: { index, slot }, inputs: [values], inputSpecs: [spec], outputs: [state], step }) {
		let sum = 0;
		const live = liveRows(spec.shape[0], spec.live, step);
		const from = slot === undefined ? 0 : slot * step.slot_targets - (spec.live?.offset ?? 0);
		const end = slot === undefined ? live : Math.min(live, from + step.slot_targets);
		for (let i = Math.max(0, from); i < end; i++) sum += values[i];
		const total = state[index] + sum;
		state[index] = Number.isFinite(total) ? total : Number.NaN;
	},
	lower({ attrs: { index, slot }, inputs: [values], outputs: [state] }) {
		const io = ranges({ values, state });
		return [sumIntoCall(io, values.shape[0], index, values.live, slot)];
	},
});

/** state[index] += sum of the live values, or of one slot's; NaN when one is not finite. values: [C], state: [n] */
export function sumInto(
	builder: GraphBuilder,
	name: string,
	values: TensorSpec,
	state: TensorSpec,
	index: number,
	slot?: number,
): void {
	sumIntoOp.into(builder, name, [values, state], [state], { index, slot });
}
