// Whole runs on a base whose vocabulary an adapter resizes, and with trainable_token_indices, against PyTorch and PEFT in float64
// (fixtures/make_vocabulary_goldens.py). The adapter's file has the rows of the new tokens.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FloatTensor, readTensors, relativeError, tabtune } from "./test-cli.ts";
import {
	convertsByteForByte,
	expectEvaluations,
	expectMetrics,
	expectTensors,
	goldenTensors,
	logitsOf,
	mergesOrRefuses,
	trainsFromInit,
} from "./test-golden.ts";

/** Names of the copies of a module's weight that PEFT saves beside the trained one. */
const COPIES = /\.(base_layer|original_module|modules_to_save)\.weight$/;

describe.each(["vocabulary-lora", "vocabulary-saved-tied", "tokens-tied", "tokens-apart"])("%s", (name) => {
	const resized = name !== "tokens-apart";
	const run = trainsFromInit(name);

	test("losses within 1e-5, gradient norms within 1e-4", () => expectMetrics(run()));

	test("held-out losses", () => expectEvaluations(run()));

	test("the trained tensors within 1e-3 of the size of their update", async () => {
		const tensors = await goldenTensors(run());
		const trained = new Set(
			[...tensors.final]
				.filter(([key, { values }]) => values.some((value, i) => value !== tensors.init.get(key)?.values[i]))
				.map(([key]) => key)
				// PEFT saves the trained rows of a tied base under both names.
				.filter((key) => !COPIES.test(key) && !(name === "tokens-tied" && key.includes(".lm_head."))),
		);
		const only = (map: ReadonlyMap<string, FloatTensor>) => new Map([...map].filter(([key]) => trained.has(key)));
		expectTensors(name, { init: only(tensors.init), final: only(tensors.final), ours: only(tensors.ours) });
	});

	test("the written folder has every row of the new tokens, and loads again", async () => {
		const { folder, out } = run();
		const ours = await readTensors(join(out, "adapter_model.safetensors"));
		const rows = [...ours].filter(([key]) => /(embed_tokens|lm_head).*\bweight$/.test(key) && !/lora/.test(key));
		expect(rows.length > 0).toBe(resized);
		const logits = async (adapter: string) =>
			(await logitsOf(run(), ["--adapter", adapter, "--input-ids", "5,50,9,46,48"])).logits;
		expect(relativeError(await logits(out), await logits(`${folder}/final`))).toBeLessThan(1e-3);
	});

	test("logits of PEFT's adapter within 1e-4 of the largest", async () => {
		const { folder } = run();
		const golden = await readTensors(`${folder}/logits.safetensors`);
		const [, row] = (await readFile(`${folder}/train.jsonl`, "utf8")).split("\n");
		const ids = (JSON.parse(row) as { input_ids: number[] }).input_ids.join();
		const { logits, stderr } = await logitsOf(run(), ["--adapter", `${folder}/final`, "--input-ids", ids]);
		if (resized)
			expect(stderr).toMatch(
				/the adapter was trained with a vocabulary of \d+ tokens: the embedding and the head of the base are resized from \d+/,
			);
		expect(relativeError(logits, golden.get("tuned")?.values ?? [])).toBeLessThan(1e-4);
	});

	convertsByteForByte(run);
	mergesOrRefuses(run);
});

describe("commands that use the adapter's matrices", () => {
	const folder = "fixtures/goldens/vocabulary-lora";
	const common = ["--model", folder, "--adapter", `${folder}/final`];
	let out = "";
	beforeAll(async () => {
		out = await mkdtemp(join(tmpdir(), "tabtune-vocabulary-"));
	});
	afterAll(() => rm(out, { recursive: true, force: true }));
	const run = async (...args: string[]) => {
		const { status, stdout, stderr } = await tabtune(args);
		expect(stderr).not.toMatch(/^error:/m);
		expect(status).toBe(0);
		return stdout;
	};

	test("spectrum and overlap have a module of the resized vocabulary", async () => {
		const { modules } = JSON.parse(await run("spectrum", ...common)) as { modules: { path: string; in: number }[] };
		expect(modules.find(({ path }) => path === "model.embed_tokens")?.in).toBe(58);
		await run("overlap", ...common, "--other", `${folder}/init`);
	});

	test("truncate at the whole rank writes an adapter with the same logits", async () => {
		await run("truncate", ...common, "--rank", "3", "--output-dir", join(out, "cut"));
		const logits = async (adapter: string) => {
			const file = join(out, "logits.safetensors");
			await run("logits", "--model", folder, "--adapter", adapter, "--input-ids", "5,50,9,57", "--output", file);
			return (await readTensors(file)).get("logits")?.values ?? [];
		};
		expect(relativeError(await logits(join(out, "cut")), await logits(`${folder}/final`))).toBeLessThan(1e-5);
	});

	const blend = (name: string, adapters: string[], settings: string[]) =>
		run("blend", "--model", folder, "--adapters", adapters.join(), "--output-dir", join(out, name), ...settings);

	test("a blend of LoRA on embedding, head and layers halves each part", async () => {
		const settings = ["--weights", "0.5,0.5", "--combination-type", "cat"];
		await blend("half", [`${folder}/final`, `${folder}/final`], settings);
		const logits = async (adapter: string) => {
			const file = join(out, "blend.safetensors");
			await run("logits", "--model", folder, "--adapter", adapter, "--input-ids", "5,50,9,57", "--output", file);
			return (await readTensors(file)).get("logits")?.values ?? [];
		};
		expect(relativeError(await logits(join(out, "half")), await logits(`${folder}/final`))).toBeLessThan(1e-5);
	});

	test("an adapter of the layers alone is blended over the base of one that changes it", async () => {
		const plain = join(out, "plain");
		const file = join(out, "row.jsonl");
		await writeFile(file, '{"input_ids":[5,50,9,3]}\n');
		await run(
			...["train", "--model", folder, "--train-file", file, "--output-dir", plain, "--target-modules", "v_proj"],
			...["--r", "2", "--max-steps", "1", "--quiet"],
		);
		const config = join(plain, "adapter_config.json");
		const named = (await readFile(config, "utf8")).replace(`"${folder}"`, '"tabtune/golden-vocabulary-lora"');
		await writeFile(config, named);
		await blend("mixed", [plain, `${folder}/final`], ["--weights", "1,1"]);
		const { modules } = JSON.parse(await run("spectrum", "--model", folder, "--adapter", join(out, "mixed")));
		expect(modules[0]).toMatchObject({ path: "model.embed_tokens", in: 58 });
	});

	test("adapters that change the base in different ways are not blended", async () => {
		const other = join(out, "other");
		await cp(`${folder}/final`, other, { recursive: true });
		const tensors = join(other, "adapter_model.safetensors");
		const bytes = await readFile(tensors);
		const header = Number(bytes.readBigUInt64LE(0));
		const [name] = Object.keys(JSON.parse(bytes.toString("utf8", 8, 8 + header))).filter((key) =>
			/embed_tokens.*\.weight$/.test(key),
		);
		const [start] = JSON.parse(bytes.toString("utf8", 8, 8 + header))[name].data_offsets;
		bytes.writeFloatLE(0.5, 8 + header + start);
		await writeFile(tensors, bytes);
		const { status, stderr } = await tabtune([
			...["blend", "--model", folder, "--adapters", `${folder}/final,${other}`],
			...["--weights", "1,1", "--output-dir", join(out, "no")],
		]);
		expect(stderr).toMatch(/another adapter changes the embedding, the head or the vocabulary of the base/);
		expect(status).toBe(2);
	});

	test("export-trl resizes the base, and its start has the weights that differ", async () => {
		const rows = ["--train-file", `${folder}/train.jsonl`, "--output-dir", join(out, "trl")];
		await run("export-trl", ...common, ...rows);
		const { vocab_size } = JSON.parse(await readFile(join(out, "trl", "run.json"), "utf8"));
		expect(vocab_size).toBe(58);
		const start = await readTensors(join(out, "trl", "start", "adapter_model.safetensors"));
		expect([...start.keys()].filter((key) => key.endsWith(".base_layer.weight"))).toHaveLength(2);
	});
});
