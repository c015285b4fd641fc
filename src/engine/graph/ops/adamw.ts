// adamw: one optimiser step in place over the flat parameters, with clipping, skipped when the loss or the gradient is
// not finite (torch.optim.AdamW, torch.nn.utils.clip_grad_norm_).
import { type AdamwSettings, adamwCalls } from "../../kernels/adamw.ts";
import type { GraphBuilder } from "../builder.ts";
import type { TensorSpec } from "../ir.ts";
import { defineOp, ranges } from "../op.ts";

export const adamwOp = defineOp<AdamwSettings>({
	op: "adamw",
	infer(_attrs, [params, grads, expAvg, expAvgSq, metrics]) {
		for (const flat of [grads, expAvg, expAvgSq]) {
			if (flat.shape.join() !== params.shape.join())
				throw new Error(`adamw: ${flat.name} is [${flat.shape}], the parameters [${params.shape}]`);
		}
		if (metrics.shape[0] < 2) throw new Error("adamw: metrics hold the loss sum and the norm");
		const shape = { shape: params.shape, dtype: "f32" } as const;
		return [shape, shape, shape];
	},
	updates: () => [0, 1, 2],
	reference({ attrs, inputs: [, grads, , , metrics], outputs: [params, expAvg, expAvgSq], step }) {
		const { beta1, beta2, eps, weight_decay, max_grad_norm, groups } = attrs;
		if (!Number.isFinite(metrics[0]) || !Number.isFinite(metrics[1])) return;
		const clip = max_grad_norm > 0 ? Math.min(1, max_grad_norm / (metrics[1] + 1e-6)) : 1;
		for (const { offset, size, lr_scale } of groups) {
			const rate = step.learning_rate * lr_scale;
			for (let i = offset; i < offset + size; i++) {
				const g = grads[i] * clip;
				expAvg[i] = beta1 * expAvg[i] + (1 - beta1) * g;
				expAvgSq[i] = beta2 * expAvgSq[i] + (1 - beta2) * g * g;
				const denominator = Math.sqrt(expAvgSq[i]) / Math.sqrt(step.bias_correction2) + eps;
				params[i] = params[i] * (1 - rate * weight_decay) - ((rate / step.bias_correction1) * expAvg[i]) / denominator;
			}
		}
	},
	lower({ attrs, inputs: [params, grads, expAvg, expAvgSq, metrics], limits }) {
		const io = ranges({ parameters: params, gradients: grads, exp_avg: expAvg, exp_avg_sq: expAvgSq, metrics });
		return adamwCalls(io, attrs, limits.maxStorageBufferBindingSize);
	},
});

export interface AdamwTensors {
	readonly params: TensorSpec; // [n]
	readonly grads: TensorSpec; // [n]
	readonly exp_avg: TensorSpec; // [n]
	readonly exp_avg_sq: TensorSpec; // [n]
	readonly metrics: TensorSpec; // [4]: loss sum, gradient norm
}

/** Updates params, exp_avg and exp_avg_sq in place; learning_rate and the bias corrections come with the step. */
export function adamw(builder: GraphBuilder, name: string, tensors: AdamwTensors, settings: AdamwSettings): void {
	const { params, grads, exp_avg, exp_avg_sq, metrics } = tensors;
	adamwOp.into(builder, name, [params, grads, exp_avg, exp_avg_sq, metrics], [params, exp_avg, exp_avg_sq], settings);
}

export type { AdamwSettings };
