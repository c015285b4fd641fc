// A link opens as the adapter that it was made from, whatever rules chose the modules.
import { expect, test } from "vitest";
import { adapterWith, model } from "../engine/analysis/test-adapters.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { adapterOfLink, linkOf } from "./adapter-link.ts";

const about = { title: "", samplePrompt: "", rows: 1, steps: 1, firstEvalLoss: null, lastEvalLoss: null };

test("exclude_modules and layers_pattern are kept as a list of modules", () => {
	const adapter = adapterWith(model, { target_modules: "all-linear", exclude_modules: ["v_proj"], r: 2 }, () => 0.5);
	const { layout } = adapterOfLink(model as LoadedModel, "base", linkOf(model, adapter, "base", about)).adapter;
	const paths = ({ modules }: typeof layout) => modules.map(({ module }) => module.path);
	expect(paths(layout)).toEqual(paths(adapter.layout));
	expect(paths(layout).some((path) => path.endsWith("v_proj"))).toBe(false);
});

test("an adapter with target_parameters has no link", () => {
	const names = { target_modules: ["q_proj"], target_parameters: ["k_proj.weight"] };
	const adapter = adapterWith(model, { ...names, r: 2 }, () => 0.5);
	expect(adapter.layout.modules.some(({ module }) => module.path.endsWith("k_proj"))).toBe(true);
	expect(() => linkOf(model, adapter, "base", about)).toThrow(/only lora_A and lora_B of target_modules/);
});
