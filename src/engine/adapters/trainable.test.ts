import { expect, test } from "vitest";
import { targetedModules } from "../peft/targets.ts";
import { loraModules } from "./methods/lora.ts";
import { llamaModules } from "./test-modules.ts";
import { Placement } from "./trainable.ts";

const SETTINGS = {
	target_modules: "all-linear",
	r: 3,
	lora_alpha: 6,
	lora_dropout: 0,
	use_rslora: false,
	rank_pattern: {},
	alpha_pattern: {},
	layers_to_transform: null,
	init_lora_weights: true,
	loraplus_lr_ratio: 1,
	use_dora: false,
};
const MODULES = llamaModules({ hidden: 6, wide: 10, layers: 1, heads: 2, kvHeads: 1, headDim: 4 });

test("tensors of one learning rate keep their order of registration, at multiples of 64", () => {
	const placement = new Placement();
	const [a, b] = [placement.place("a", [5, 13]), placement.place("b", [1])];
	expect(placement.finish()).toEqual({
		size: 192,
		parameters: 66,
		groups: [{ offset: 0, size: 192, lr_scale: 1 }],
	});
	expect([a.offset, b.offset]).toEqual([0, 128]);
});

test("each learning rate has one window of the flat buffer, and the windows cover the buffer", () => {
	const placement = new Placement();
	const modules = loraModules(targetedModules(MODULES, SETTINGS), { ...SETTINGS, loraplus_lr_ratio: 16 }, placement);
	const { size, groups } = placement.finish();
	expect(groups.map(({ lr_scale }) => lr_scale)).toEqual([1, 16]);
	expect(groups[1].offset).toBe(groups[0].size);
	expect(groups[0].size + groups[1].size).toBe(size);
	for (const { A, B } of modules) {
		expect(A.offset).toBeLessThan(groups[1].offset);
		expect(B.offset).toBeGreaterThanOrEqual(groups[1].offset);
	}
});
