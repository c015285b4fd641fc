// Merges LoRA into a weight and removes it: W ± s · B · A, as `get_delta_weight` in peft/tuners/lora/layer.py. PiSSA's initial
// product is subtracted; DoRA's rows are rescaled to their magnitudes. Sums are float64, on the CPU.
import type { Adapter, AdapterLayout, LoraModule } from "../adapter.ts";
import { valuesOf } from "../trainable.ts";

/**
 * Adapts W in place.
 * @param W [out, in], row by row.
 * @param adapter the adapter that `entry` belongs to.
 * @param sign 1 merges, -1 reverts a merge; not with DoRA, whose merge loses the base's row norms.
 */
export function mergeInto(
	W: Float32Array,
	adapter: Pick<Adapter, "params" | "frozen">,
	entry: LoraModule,
	sign: 1 | -1 = 1,
): void {
	if (sign === -1 && entry.magnitude !== null) throw new Error("DoRA cannot be taken out of merged weights");
	const m = entry.magnitude === null ? null : valuesOf(adapter.params, entry.magnitude);
	let at = 0;
	let row = 0;
	for (const merged of mergedRows(W, adapter, entry, sign)) {
		// W' = m ⊙ (W + s·B·A) / ‖W + s·B·A‖ in DoRA, as `merge_safe` in peft/tuners/lora/variants.py.
		const factor = m === null ? 1 : m[row] / rowNorm(merged);
		for (let column = 0; column < merged.length; column++) W[at + column] = factor * merged[column];
		at += merged.length;
		row++;
	}
}

/** The adapted module of a weight ("model.layers.0.self_attn.q_proj.weight"), if there is one. */
export function adaptedModule({ modules }: Pick<AdapterLayout, "modules">, weightName: string): LoraModule | undefined {
	return modules.find(({ module }) => `${module.path}.weight` === weightName);
}

/** The rows of W ± s · (B · A − B0 · A0) in float64, row by row. W: [out, in] */
export function* mergedRows(
	W: Float32Array,
	{ params, frozen }: Pick<Adapter, "params" | "frozen">,
	{ A, B, r, scaling, module, start }: LoraModule,
	sign: 1 | -1 = 1,
): Generator<Float64Array> {
	const pairs = [{ A: valuesOf(params, A), B: valuesOf(params, B), scale: sign * scaling }];
	if (start !== null && frozen !== undefined)
		pairs.push({ A: valuesOf(frozen, start.A), B: valuesOf(frozen, start.B), scale: -sign * scaling });
	for (let row = 0; row < module.out; row++) {
		const delta = new Float64Array(module.in);
		for (const pair of pairs) {
			for (let k = 0; k < r; k++) {
				const factor = pair.B[row * r + k] * pair.scale;
				if (factor === 0) continue;
				const from = k * module.in;
				for (let column = 0; column < module.in; column++) delta[column] += factor * pair.A[from + column];
			}
		}
		const at = row * module.in;
		for (let column = 0; column < module.in; column++) delta[column] += W[at + column];
		yield delta;
	}
}

/** The Euclidean length of a row. */
export function rowNorm(row: Float64Array): number {
	return Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
}
