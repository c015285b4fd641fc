// Adapters that change their base in the page's engine: PEFT's of a resized vocabulary against PyTorch, other programs' files,
// a template of the adapter's folder; and the base unchanged after them.

import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readTensors, relativeError } from "../cli/test-cli.ts";
import { adapterFiles } from "../engine/adapters/adapter-files.ts";
import { freshAdapter } from "../engine/adapters/create-adapter.ts";
import type { EngineApi, GenerateRequest, NamedFile } from "../engine/api.ts";
import { nodeGpu } from "../engine/device/node-gpu.ts";
import { zipFiles } from "../engine/formats/zip.ts";
import { openModelFiles } from "../engine/models/load.ts";
import { testFolder } from "../engine/train/test-runtime.ts";
import { textEncoder } from "../engine/train/text-processor.ts";
import { textOf } from "../shared/messages/message.ts";
import { DEFAULT_SETTINGS } from "../shared/settings.ts";
import { createEngine } from "./api/index.ts";

async function filesIn(folder: string): Promise<NamedFile[]> {
	const entries = await readdir(folder, { withFileTypes: true });
	return Promise.all(
		entries
			.filter((entry) => entry.isFile())
			.map(async ({ name }) => ({ path: name, blob: new Blob([await readFile(join(folder, name))]) })),
	);
}

async function engineWith(folder: string): Promise<EngineApi> {
	const engine = createEngine(nodeGpu);
	await engine.loadModel({ kind: "files", name: folder, files: await filesIn(folder) });
	return engine;
}

const zipOf = async (files: readonly NamedFile[]) =>
	new Blob([
		zipFiles(
			await Promise.all(
				files.map(async ({ path, blob }) => ({ path, bytes: new Uint8Array(await blob.arrayBuffer()) })),
			),
		),
	]);

test.each([
	["vocabulary-lora", 53, 58],
	["vocabulary-saved-tied", 47, 51],
])("%s is imported with its tokens, and the base is the same after it is removed", async (name, before, after) => {
	const folder = `fixtures/goldens/${name}`;
	const [, row] = readFileSync(`${folder}/train.jsonl`, "utf8").split("\n");
	const { input_ids } = JSON.parse(row) as { input_ids: number[] };
	const golden = (await readTensors(`${folder}/logits.safetensors`)).get("tuned")?.values ?? [];
	const engine = await engineWith(folder);
	const ids = input_ids.filter((id) => id < before);
	const base = await engine.logits(ids, 1);
	const final = await filesIn(`${folder}/final`);
	for (const source of [final, await zipOf(final)]) {
		const adapter = await engine.importAdapter(source);
		expect(adapter.model.vocab_size).toBe(after);
		expect(adapter.warnings.map(textOf).join()).toContain(
			`the adapter was trained with a vocabulary of ${after} tokens`,
		);
		expect(relativeError(await engine.logits(input_ids, 1), golden)).toBeLessThan(1e-4);
	}
	// What is exported can be imported again.
	const exported = await engine.exportAdapter();
	await engine.removeAdapter();
	expect(await engine.logits(ids, 1)).toEqual(base);
	await engine.importAdapter(exported);
	expect(relativeError(await engine.logits(input_ids, 1), golden)).toBeLessThan(1e-4);
	await engine.removeAdapter();
	expect(await engine.logits(ids, 0)).toEqual(base);
});

test("files of other programs are imported, and a template of an adapter's folder is used while it is in memory", async () => {
	const engine = await engineWith("public/base-model");
	const model = await openModelFiles(testFolder("public/base-model"), "demo");
	const fresh = await freshAdapter(model, { ...DEFAULT_SETTINGS, r: 2 }, textEncoder(model));
	const adapter = adapterFiles(model, fresh).map(({ path, bytes }) => ({ path, blob: new Blob([bytes]) }));
	expect(await engine.importAdapter(adapter)).toMatchObject({ r: 2, warnings: [] });
	const gguf = (await engine.exportFor({ target: "lora-gguf" })).blob;
	const mlx = (await engine.exportFor({ target: "mlx" })).blob;
	for (const source of [gguf, mlx]) expect(await engine.importAdapter(source)).toMatchObject({ r: 2 });

	const request = { prompt: "Hi", adapterStrength: 0, max_new_tokens: 1, temperature: 0, top_p: 1, top_k: 0, seed: 0 };
	const ids = async (more: Partial<GenerateRequest> = {}) =>
		(await engine.generate({ ...request, ...more }, () => undefined)).input_ids;
	const before = await ids();
	const row = {
		messages: [
			{ role: "user", content: "Hi" },
			{ role: "assistant", content: "Yes." },
		],
	};
	const rows = { name: "rows.jsonl", format: "jsonl" as const, blob: new Blob([JSON.stringify(row)]) };
	const preview = () => engine.describeData(rows, DEFAULT_SETTINGS, 0);
	const previewed = await preview();
	const template = "{% for m in messages %}{{ m.content }}{% endfor %}{{ locale }}";
	const own = await engine.importAdapter([...adapter, { path: "chat_template.jinja", blob: new Blob([template]) }]);
	expect(own.warnings.map(textOf).join()).toContain("replaces that of the model");
	// A new run does not use the adapter's template, and neither does the preview of its rows.
	expect(await preview()).toEqual(previewed);
	expect(await ids()).toEqual(await ids({ raw: true }));
	expect(await ids({ chat_template_kwargs: { locale: "de" } })).toEqual(await ids({ raw: true, prompt: "Hide" }));
	const exported = await engine.exportAdapter();
	await engine.importAdapter(gguf);
	expect(await ids()).toEqual(before);
	await engine.importAdapter(exported);
	expect(await ids()).toEqual(await ids({ raw: true }));
});
