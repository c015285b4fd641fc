import { expect, test } from "vitest";
import { adapterLayout } from "../adapters/layout.ts";
import { modelShapes, shapeCost } from "./calculator.ts";
import { llamaOf, PLAIN } from "./test-adapters.ts";

// The bundled base: 6 layers of q [192, 192], k and v [64, 192], o [192, 192], gate and up [512, 192], down [192, 512].
const bundled = llamaOf({ hidden: 192, wide: 512, layers: 6, heads: 6, kvHeads: 2, headDim: 32 });
const WEIGHTS = bundled.family
	.weights({ ...bundled.config, vocab_size: 2048, tie_word_embeddings: true })
	.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);
const shapes = modelShapes({
	...bundled,
	config: { ...bundled.config, num_hidden_layers: 6, hidden_size: 192 },
	parameters: WEIGHTS,
});

test("LoRA has r (d + k) parameters per module, as computed by hand and by the layout", () => {
	const cost = shapeCost(shapes, { method: "lora", r: 8, modules: null });
	// A layer at rank 1: q 384, k 256, v 256, o 384, gate 704, up 704, down 704 = 3392.
	expect(cost).toMatchObject({
		trainableParameters: 6 * 8 * 3392,
		adapterBytes: 651_264,
		gradientBytes: 651_264,
		optimizerBytes: 1_302_528,
	});
	expect(cost.share).toBeCloseTo(162_816 / WEIGHTS, 12);
	expect(cost.modules[4]).toEqual({
		path: "model.layers.0.mlp.gate_proj",
		in: 192,
		out: 512,
		trainableParameters: 8 * 704,
		fullParameters: 512 * 192,
	});
	for (const r of [1, 3, 64]) {
		const { parameters } = adapterLayout(bundled, { ...PLAIN, r });
		expect(shapeCost(shapes, { method: "lora", r, modules: null }).trainableParameters).toBe(parameters);
	}
	const q = shapes.linear.map(({ path }) => path).filter((path) => path.endsWith("q_proj"));
	expect(shapeCost(shapes, { method: "lora", r: 4, modules: q }).trainableParameters).toBe(
		adapterLayout(bundled, { ...PLAIN, r: 4, target_modules: ["q_proj"] }).parameters,
	);
});

test("the counts of the other methods equal those computed by hand", () => {
	// DoRA adds a magnitude an output: 192 + 64 + 64 + 192 + 512 + 512 + 192 = 1728 a layer.
	expect(shapeCost(shapes, { method: "dora", r: 8, modules: null }).trainableParameters).toBe(6 * (8 * 3392 + 1728));
	expect(shapeCost(shapes, { method: "full" })).toMatchObject({
		trainableParameters: WEIGHTS,
		share: 1,
		optimizerBytes: 8 * WEIGHTS,
	});
	expect(shapeCost(shapes, { method: "prompt_tuning", num_virtual_tokens: 20 })).toMatchObject({
		trainableParameters: 3840,
		modules: [],
	});
	// 192 / 16 = 12: down 192 · 12 + 12, up 12 · 192 + 192 = 4812 a place.
	expect(shapeCost(shapes, { method: "bottleneck", reduction_factor: 16, places: 1 }).trainableParameters).toBe(
		6 * 4812,
	);
	expect(shapeCost(shapes, { method: "bottleneck", reduction_factor: 16, places: 2 }).trainableParameters).toBe(
		12 * 4812,
	);
	// The narrowest is one wide: 192 + 1 + 192 + 192.
	expect(shapeCost(shapes, { method: "bottleneck", reduction_factor: 500, places: 1 }).trainableParameters).toBe(
		6 * 577,
	);
});

test("numbers out of range and unknown modules are refused", () => {
	expect(() => shapeCost(shapes, { method: "lora", r: 65, modules: null })).toThrow(
		/rank 65 does not fit model\.layers\.0\.self_attn\.k_proj, a \[64, 192\] matrix.*from 1 to 64/,
	);
	expect(() => shapeCost(shapes, { method: "lora", r: 0, modules: null })).toThrow(/the value 0 is out of range \(r\)/);
	expect(() => shapeCost(shapes, { method: "dora", r: 1, modules: ["q_proj"] })).toThrow(/no linear module q_proj/);
	expect(() => shapeCost(shapes, { method: "prompt_tuning", num_virtual_tokens: 1.5 })).toThrow(
		/the value 1\.5 is out of range \(num_virtual_tokens\)/,
	);
	expect(() => shapeCost(shapes, { method: "bottleneck", reduction_factor: 0, places: 1 })).toThrow(/greater than 0/);
});
