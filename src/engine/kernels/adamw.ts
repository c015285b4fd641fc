// AdamW on the flat buffer of all trainable parameters, with one dispatch per learning-rate group. A group that is
// larger than a binding is updated in windows.
import source from "../../shaders/elementwise/adamw.wgsl?raw";
import finiteSource from "../../shaders/util/finite.wgsl?raw";
import { flatWindows } from "./binding-windows.ts";
import { defineElementwise } from "./elementwise.ts";
import type { KernelCall, TensorRange } from "./kernel.ts";

const adamw = defineElementwise("adamw", source, ["gradients", "metrics"], ["parameters", "exp_avg", "exp_avg_sq"], {
	includes: [finiteSource],
	params: {
		beta1: "f32",
		beta2: "f32",
		one_minus_beta1: "f32",
		one_minus_beta2: "f32",
		eps: "f32",
		weight_decay: "f32",
		max_grad_norm: "f32",
		lr_scale: "f32",
	},
});

/** A range of the flat buffers with one learning rate. */
export interface AdamwGroup {
	readonly offset: number; // elements, a multiple of 64
	readonly size: number; // elements
	/** Multiplies step.learning_rate. */
	readonly lr_scale: number;
}

export interface AdamwSettings {
	readonly beta1: number;
	readonly beta2: number;
	readonly eps: number;
	readonly weight_decay: number;
	/** Largest L2 norm of the gradient; 0 turns clipping off. */
	readonly max_grad_norm: number;
	readonly groups: readonly AdamwGroup[];
}

export interface AdamwTensors {
	readonly gradients: TensorRange; // [n]
	readonly metrics: TensorRange; // [.]: loss sum, gradient norm
	readonly parameters: TensorRange; // [n]
	readonly exp_avg: TensorRange; // [n]
	readonly exp_avg_sq: TensorRange; // [n]
}

/** Updates every group in place. */
export function adamwCalls(io: AdamwTensors, settings: AdamwSettings, bindingBytes: number): KernelCall[] {
	const { beta1, beta2, eps, weight_decay, max_grad_norm, groups } = settings;
	const windows = groups.flatMap(({ offset, size, lr_scale }) =>
		flatWindows(size, 64, bindingBytes).map(({ first, count }) => ({ first: offset + first, count, lr_scale })),
	);
	return windows.map((window) => {
		const part = ({ tensor }: TensorRange): TensorRange => ({
			tensor,
			offset: window.first * 4,
			size: window.count * 4,
		});
		const { gradients, parameters, exp_avg, exp_avg_sq } = io;
		const parts = {
			gradients: part(gradients),
			metrics: io.metrics,
			parameters: part(parameters),
			exp_avg: part(exp_avg),
			exp_avg_sq: part(exp_avg_sq),
		};
		return adamw(parts, 1, window.count, undefined, {
			params: {
				beta1,
				beta2,
				one_minus_beta1: 1 - beta1,
				one_minus_beta2: 1 - beta2,
				eps,
				weight_decay,
				max_grad_norm,
				lr_scale: window.lr_scale,
			},
			flops: 16,
		});
	});
}
