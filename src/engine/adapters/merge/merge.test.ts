import { expect, test } from "vitest";
import { targetedModules } from "../../peft/targets.ts";
import { loraModules } from "../methods/lora.ts";
import { initLora } from "../methods/lora-init.ts";
import { llamaModules } from "../test-modules.ts";
import { Placement } from "../trainable.ts";
import { adaptedModule, mergeInto } from "./merge.ts";

const settings = {
	target_modules: ["k_proj", "down_proj"],
	r: 3,
	lora_alpha: 6,
	lora_dropout: 0,
	use_rslora: false,
	rank_pattern: {},
	alpha_pattern: {},
	layers_to_transform: null,
	init_lora_weights: false,
	loraplus_lr_ratio: 1,
	use_dora: false,
};
const placement = new Placement();
const layout = {
	modules: loraModules(
		targetedModules(llamaModules({ hidden: 6, wide: 10, layers: 2, heads: 2, kvHeads: 1, headDim: 4 }), settings),
		settings,
		placement,
	),
};
const params = new Float32Array(placement.finish().size);
const unneeded = () => Promise.reject(new Error("not needed"));
const adapter = { params, frozen: new Float32Array() };
await initLora(layout.modules, settings, adapter, { seed: 7, weight: unneeded, encode: unneeded });

test("merging adds scaling · B · A to every element, and unmerging subtracts it", () => {
	const entry = adaptedModule(layout, "model.layers.1.mlp.down_proj.weight");
	if (entry === undefined) throw new Error("down_proj is adapted");
	const W = Float32Array.from({ length: entry.module.out * entry.module.in }, (_, i) => Math.sin(i));
	const before = W.slice();
	mergeInto(W, adapter, entry);
	for (let row = 0; row < entry.module.out; row++) {
		for (let column = 0; column < entry.module.in; column++) {
			let delta = 0;
			for (let k = 0; k < entry.r; k++)
				delta += params[entry.B.offset + row * entry.r + k] * params[entry.A.offset + k * entry.module.in + column];
			const at = row * entry.module.in + column;
			expect(W[at]).toBeCloseTo(before[at] + entry.scaling * delta, 6);
		}
	}
	expect(W).not.toEqual(before);
	mergeInto(W, adapter, entry, -1);
	W.forEach((value, i) => {
		expect(Math.abs(value - before[i])).toBeLessThan(1e-6);
	});
});

test("a weight that the adapter does not change has no module", () => {
	expect(adaptedModule(layout, "model.layers.0.self_attn.q_proj.weight")).toBeUndefined();
});
