// Writes adapters of every method and reads them again, as a folder and as the zip that the page stores and downloads.

import { expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { textOf } from "../../shared/messages/message.ts";
import { DEFAULT_SETTINGS } from "../../shared/settings.ts";
import { memoryFolder } from "../formats/index.ts";
import { adapterZipFolder, zipFiles } from "../formats/zip.ts";
import { type LoadedModel, openModelFiles } from "../models/load.ts";
import { testFolder } from "../train/test-runtime.ts";
import { textEncoder } from "../train/text-processor.ts";
import { adapterFiles, exportAdapter, readAdapterFolder, settingsFixedBy } from "./adapter-files.ts";
import { freshAdapter } from "./create-adapter.ts";
import { mergedModel } from "./merge/merged-model.ts";
import { valuesOf } from "./trainable.ts";

const GOLDEN = (name: string) => `fixtures/goldens/${name}`;
const modelOf = (name: string) => openModelFiles(testFolder(GOLDEN(name)), GOLDEN(name));
const zipped = (model: LoadedModel, adapter: Parameters<typeof adapterFiles>[1]) =>
	adapterZipFolder(zipFiles(adapterFiles(model, adapter)), "kept.zip");

test.each(["prompt-random", "prompt-words", "lora-prompt"])(
	"PEFT's %s is read and written byte for byte",
	async (name) => {
		const model = await modelOf(name);
		const adapter = await readAdapterFolder(model, testFolder(`${GOLDEN(name)}/final`), name);
		const folder = testFolder(`${GOLDEN(name)}/final`);
		for (const { path, bytes } of adapterFiles(model, adapter).filter((file) => !file.path.endsWith("README.md"))) {
			const source = await folder.open(path);
			expect(Buffer.from(bytes).equals(await source.read(0, source.size)), path).toBe(true);
		}
	},
);

test.each(["prompt_tuning", "bottleneck", "lora+prompt_tuning", "lora+bottleneck", "lora+prompt_tuning+bottleneck"])(
	"a fresh adapter of %s comes back from its zip",
	async (method) => {
		const model = await modelOf("odd");
		const settings = { ...DEFAULT_SETTINGS, method, r: 3, num_virtual_tokens: 4 };
		const adapter = await freshAdapter(model, settings, textEncoder(model));
		const again = await readAdapterFolder(model, zipped(model, adapter), "kept.zip");
		expect(again.layout.tensors).toEqual(adapter.layout.tensors);
		expect(again.params).toEqual(adapter.params);
		expect(settingsFixedBy(again)).toMatchObject({ method });
	},
);

test.each(["full-tied-bf16", "full-untied-bias"])(
	"every weight of %s survives a round trip through a zip",
	async (name) => {
		const model = await modelOf(name);
		const adapter = await freshAdapter(model, { ...DEFAULT_SETTINGS, method: "full" }, textEncoder(model));
		for (const tensor of adapter.layout.tensors) valuesOf(adapter.params, tensor)[0] += 0.25;
		const again = await readAdapterFolder(
			model,
			adapterZipFolder(zipFiles(await exportAdapter(model, adapter)), "full.zip"),
			"full.zip",
		);
		expect(again.layout.tensors).toEqual(adapter.layout.tensors);
		expect(again.params).toEqual(adapter.params);
		expect(settingsFixedBy(again)).toMatchObject({ method: "full" });
	},
);

test("a random prompt is normal with deviation 1 and depends on the seed", async () => {
	const model = await modelOf("odd");
	const settings = { ...DEFAULT_SETTINGS, method: "prompt_tuning", num_virtual_tokens: 100 };
	const [first, second] = [
		await freshAdapter(model, settings, textEncoder(model)),
		await freshAdapter(model, { ...settings, seed: 1 }, textEncoder(model)),
	];
	const values = valuesOf(first.params, first.layout.tensors[0]);
	expect(values).toHaveLength(3600);
	const mean = values.reduce((a, b) => a + b, 0) / 3600;
	const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / 3600);
	expect(Math.abs(mean)).toBeLessThan(0.06);
	expect(Math.abs(deviation - 1)).toBeLessThan(0.05);
	expect(second.params).not.toEqual(first.params);
});

test("a prompt of another width, a file that does not fit its configuration, and a merge are refused", async () => {
	const [odd, words] = [await modelOf("odd"), testFolder(`${GOLDEN("prompt-words")}/final`)];
	const refusal = async (work: () => Promise<unknown>) => {
		const thrown = await work().then(
			() => null,
			(error: unknown) => error,
		);
		expect(thrown).toBeInstanceOf(TabTuneError);
		return textOf((thrown as TabTuneError).parts.what);
	};
	expect(await refusal(() => readAdapterFolder(odd, words, "words"))).toBe(
		"the prompt's vectors have 20 numbers, but this model's embeddings have 36",
	);
	const source = await words.open("adapter_model.safetensors");
	const cut = memoryFolder("cut", {
		"adapter_config.json": (await words.text("adapter_config.json")).replace(
			'"num_virtual_tokens": 17',
			'"num_virtual_tokens": 16',
		),
		"adapter_model.safetensors": (await source.read(0, source.size)) as Uint8Array<ArrayBuffer>,
	});
	expect(await refusal(() => readAdapterFolder(odd, cut, "cut"))).toContain(
		"[17, 20], but the only tensor must be prompt_embeddings of shape [16, 20]",
	);
	const adapter = await freshAdapter(odd, { ...DEFAULT_SETTINGS, method: "prompt_tuning" }, textEncoder(odd));
	expect(await refusal(() => mergedModel(odd, adapter, "auto"))).toContain("prompt_tuning cannot be merged");
});

test("a rank that the tensors do not have is refused before its parameters are allocated", async () => {
	const model = await modelOf("odd");
	const source = testFolder(`${GOLDEN("odd")}/final`);
	const config = JSON.parse(await source.text("adapter_config.json"));
	const huge = JSON.stringify({ ...config, r: 1e9, rank_pattern: {} });
	const folder = {
		...source,
		text: async (path: string) => (path === "adapter_config.json" ? huge : source.text(path)),
	};
	await expect(readAdapterFolder(model, folder, "huge")).rejects.toThrow(TabTuneError);
});
