// Exports for vLLM: its rules, and that a uniform adapter changes the weights as the original does.
import { expect, test } from "vitest";
import { memoryFolder } from "../formats/index.ts";
import { errorOf, fixtureFolder } from "../formats/test-tools.ts";
import { openModelFiles } from "../models/load.ts";
import type { Adapter } from "./adapter.ts";
import { adapterFiles, readAdapterFolder } from "./adapter-files.ts";
import { adapterLayout } from "./layout.ts";
import { mergedWeights } from "./merge/merged-model.ts";
import { vllmFiles } from "./vllm.ts";

async function golden(name: string) {
	const model = await openModelFiles(fixtureFolder(`goldens/${name}`), name);
	return { model, adapter: await readAdapterFolder(model, fixtureFolder(`goldens/${name}/final`), name) };
}

/** The plain golden with another rank. */
async function ofRank(r: number) {
	const { model, adapter } = await golden("full-rank-long");
	const layout = adapterLayout(model, { ...adapter.layout.settings, r, any_rank: true });
	return {
		model,
		adapter: { ...adapter, layout, params: new Float32Array(layout.size), stored: null } satisfies Adapter,
	};
}

test.each([
	[1, null],
	[8, null],
	[16, null],
	[17, 32],
	[24, 32],
	[48, 64],
	[200, 256],
	[257, 320],
	[400, 512],
])("vLLM: rank %i needs --max-lora-rank %s, one of the values that it has", async (r, option) => {
	const { model, adapter } = await ofRank(r);
	expect(vllmFiles(model, adapter).option).toBe(option === null ? null : `--max-lora-rank ${option}`);
});

test("vLLM: a rank over its largest is refused", async () => {
	const { model, adapter } = await ofRank(513);
	expect((await errorOf(async () => vllmFiles(model, adapter))).message).toMatch(
		/rank 513 is over vLLM's maximum of 512/,
	);
});

test("vLLM: rank_pattern, alpha_pattern and rsLoRA become one r and one lora_alpha with the same product", async () => {
	const { model, adapter } = await golden("tied-bf16-llama3");
	const { files } = vllmFiles(model, adapter);
	const contents = Object.fromEntries(files.map(({ path, bytes }) => [path, bytes]));
	const config = JSON.parse(new TextDecoder().decode(contents["adapter_config.json"]));
	expect([config.rank_pattern, config.alpha_pattern, config.use_rslora]).toEqual([{}, {}, false]);
	const read = await readAdapterFolder(model, memoryFolder("out", contents), "out");
	expect(new Set(read.layout.modules.map(({ r, scaling }) => `${r} ${scaling}`)).size).toBe(1);
	const [before, after] = [mergedWeights(model, adapter), mergedWeights(model, read)];
	for (const { module } of adapter.layout.modules) {
		const [a, b] = [await before(`${module.path}.weight`), await after(`${module.path}.weight`)];
		expect(
			a.every((value, i) => Math.abs(value - b[i]) <= 1e-6 * Math.max(1, Math.abs(value))),
			module.path,
		).toBe(true);
	}
});

test("vLLM: an adapter with one rank and alpha is written byte for byte", async () => {
	const { model, adapter } = await golden("full-rank-long");
	expect(vllmFiles(model, adapter).files).toEqual(adapterFiles(model, adapter));
});

test.each([
	["dora", /DoRA cannot be written for vLLM/],
	["saved-head-norms", /with modules_to_save cannot be written/],
	["gpt2", /vLLM does not support LoRA adapters of gpt2 models/],
])("vLLM: %s is refused with the reason", async (name, words) => {
	const { model, adapter } = await golden(name);
	expect((await errorOf(async () => vllmFiles(model, adapter))).message).toMatch(words);
});
