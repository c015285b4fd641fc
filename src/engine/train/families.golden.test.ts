// Families other than Llama: greedy answers equal those of transformers (answers.json of a golden) token by token, and a model
// merged into a Hugging Face folder has the logits of the base with PEFT's adapter.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { adapterFiles, readAdapterFolder } from "../adapters/adapter-files.ts";
import { mlxFiles } from "../adapters/consumers.ts";
import { mergedModel } from "../adapters/merge/merged-model.ts";
import { decodeToFloat32 } from "../formats/index.ts";
import { openSafetensors } from "../formats/safetensors.ts";
import { openModelFiles } from "../models/load.ts";
import { GOLDENS_WITH_ANSWERS } from "../models/test-families.ts";
import { Generator } from "./generator.ts";
import { textLogits } from "./logits.ts";
import { testFolder, testRuntime } from "./test-runtime.ts";

describe.each(GOLDENS_WITH_ANSWERS)("%s", (name) => {
	const path = `fixtures/goldens/${name}`;

	test("the greedy answers equal transformers', also beyond a sliding window", async () => {
		const runtime = await testRuntime(path);
		const generator = await Generator.create(runtime, null, 64);
		const answers: { prompt: number[]; answer: number[] }[] = JSON.parse(
			await readFile(`${path}/answers.json`, "utf8"),
		);
		for (const { prompt, answer } of answers) {
			const greedy = { max_new_tokens: answer.length, temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: 1 };
			expect((await generator.generate(prompt, greedy, [], () => true)).output_ids).toEqual(answer);
		}
		generator.release();
		runtime.gpu.destroy();
	});

	test("the merged model has the logits of the adapter", async () => {
		const plain = await testRuntime(path);
		const adapter = await readAdapterFolder(plain.model, testFolder(`${path}/final`), name);
		const merged = await mergedModel(plain.model, adapter, "auto");
		plain.gpu.destroy();
		const out = await mkdtemp(join(tmpdir(), "tabtune-merged-"));
		await mkdir(out, { recursive: true });
		for (const { path: file, pieces } of merged.files) {
			const parts: Uint8Array[] = [];
			for await (const piece of pieces()) parts.push(piece);
			await writeFile(join(out, file), Buffer.concat(parts));
		}
		const runtime = await testRuntime(out);
		const golden = await openSafetensors(await testFolder(path).open("logits.safetensors"), "logits", "model");
		const tuned = decodeToFloat32(await golden.readTensor("tuned"), "F32");
		const ids = await golden.readTensor("input_ids"); // 64-bit numbers
		const found = await textLogits(runtime, null, [...new BigInt64Array(ids.slice().buffer)].map(Number));
		const most = tuned.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
		expect(found.length).toBe(tuned.length);
		expect(found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - tuned[i])), 0) / most).toBeLessThan(1e-5);
		runtime.gpu.destroy();
		await rm(out, { recursive: true });
	});

	if (name === "gpt2")
		test("the export for MLX is refused, because MLX uses other names", async () => {
			const model = await openModelFiles(testFolder(path), name);
			const adapter = await readAdapterFolder(model, testFolder(`${path}/final`), name);
			expect(() => mlxFiles(model, adapter)).toThrow(/gpt2 models cannot be written for MLX/);
		});

	test("an adapter is exported as PEFT wrote it, with fan_in_fan_out for Conv1D modules", async () => {
		const runtime = await testRuntime(path);
		const adapter = await readAdapterFolder(runtime.model, testFolder(`${path}/final`), name);
		runtime.gpu.destroy();
		const config = adapterFiles(runtime.model, { ...adapter, config: null }).find(({ path: file }) =>
			/config/.test(file),
		);
		const { fan_in_fan_out } = JSON.parse(new TextDecoder().decode(config?.bytes));
		const { fan_in_fan_out: peft } = JSON.parse(await readFile(`${path}/final/adapter_config.json`, "utf8"));
		expect([fan_in_fan_out, peft]).toEqual([name === "gpt2", name === "gpt2"]);
	});
});
