// Merge and unmerge: W ± s · B · A, as `get_delta_weight` in peft/tuners/lora/layer.py. On the CPU in float64 sums, so
// that a merged model is as exact as its storage allows.
import type { AdapterLayout } from "./layout.ts";
import type { LoraModule } from "./lora.ts";

/**
 * Adds s · B · A to W in place.
 * @param W [out, in], row by row.
 * @param params the flat parameters that `entry` lies in.
 * @param sign 1 merges, -1 takes it away again.
 */
export function mergeInto(W: Float32Array, params: Float32Array, entry: LoraModule, sign: 1 | -1 = 1): void {
	const { r, scaling, module } = entry;
	const A = params.subarray(entry.A.offset, entry.A.offset + r * module.in); // [r, in]
	const B = params.subarray(entry.B.offset, entry.B.offset + module.out * r); // [out, r]
	const delta = new Float64Array(module.in);
	for (let row = 0; row < module.out; row++) {
		delta.fill(0);
		for (let k = 0; k < r; k++) {
			const factor = B[row * r + k] * scaling * sign;
			if (factor === 0) continue;
			const from = k * module.in;
			for (let column = 0; column < module.in; column++) delta[column] += factor * A[from + column];
		}
		const at = row * module.in;
		for (let column = 0; column < module.in; column++) W[at + column] += delta[column];
	}
}

/** The module a weight belongs to, when the adapter touches it: "model.layers.0.self_attn.q_proj.weight". */
export function adaptedModule({ modules }: Pick<AdapterLayout, "modules">, weightName: string): LoraModule | undefined {
	return modules.find(({ module }) => `${module.path}.weight` === weightName);
}
