// Merge and unmerge: W ± s · B · A, as `get_delta_weight` in peft/tuners/lora/layer.py, PiSSA's start
// taken away, and DoRA's rows brought to their magnitudes. On the CPU in float64 sums, so that a merged model is as exact as
// its storage allows.
import { mergedRows, rowNorm } from "./dora.ts";
import type { AdapterLayout } from "./layout.ts";
import type { LoraModule } from "./lora.ts";
import type { Adapter } from "./peft-adapter.ts";
import { valuesOf } from "./trainable.ts";

/**
 * Adapts W in place.
 * @param W [out, in], row by row.
 * @param adapter whose layout `entry` is of.
 * @param sign 1 merges, -1 takes it away again; not with DoRA, whose merge loses the base's lengths.
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

/** The module a weight belongs to, when the adapter touches it: "model.layers.0.self_attn.q_proj.weight". */
export function adaptedModule({ modules }: Pick<AdapterLayout, "modules">, weightName: string): LoraModule | undefined {
	return modules.find(({ module }) => `${module.path}.weight` === weightName);
}
