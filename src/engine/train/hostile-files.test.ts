// Mutated files of every kind: a reader accepts them or throws a TabTuneError with a short message, in a bounded time.
// TABTUNE_MUTATIONS=2000 sets the number of cases of each reader, TABTUNE_FIRST the number of the first.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { isObject } from "../../shared/json.ts";
import { exportAdapter, readAdapterFolder } from "../adapters/adapter-files.ts";
import { ChatTemplate } from "../data/chat-template.ts";
import type { EncodeOptions } from "../data/encode.ts";
import { encodeFile } from "../data/encode-file.ts";
import { openData } from "../data/open-data.ts";
import { Tokenizer } from "../data/tokenizer.ts";
import { bytesSource, type ModelFolder, memoryFolder, openSafetensors } from "../formats/index.ts";
import { Mutator } from "../formats/test-mutations.ts";
import { errorOf, fixtureBytes, fixtureText } from "../formats/test-tools.ts";
import { adapterZipFolder, zipFiles } from "../formats/zip.ts";
import { ggufInFolder } from "../models/gguf/in-folder.ts";
import { openModelFiles } from "../models/load.ts";
import { resolveSettings } from "./settings.ts";
import { readTextProcessor } from "./text-processor.ts";

const CASES = Number(process.env.TABTUNE_MUTATIONS ?? 100);
const FIRST = Number(process.env.TABTUNE_FIRST ?? 1);
const LONGEST_MILLISECONDS = 5000;
const LONGEST_MESSAGE = 4000;

/** Runs a reader over mutated files. @returns how many it accepted */
async function mutated(read: (mutator: Mutator) => unknown): Promise<number> {
	const failures = new Map<string, string>();
	let accepted = 0;
	for (let seed = FIRST; seed < FIRST + CASES; seed++) {
		const start = performance.now();
		const fail = (kind: string, detail: unknown) => {
			if (!failures.has(kind)) failures.set(kind, `case ${seed}: ${String(detail).slice(0, 400)}`);
		};
		try {
			await read(new Mutator(seed));
			accepted++;
		} catch (error) {
			const message = error instanceof Error ? error.message : String(error);
			if (!(error instanceof TabTuneError)) fail(message.slice(0, 60), (error as Error).stack);
			else if (message.length > LONGEST_MESSAGE) fail(`${message.length} characters`, message);
		}
		const elapsed = performance.now() - start;
		if (elapsed > LONGEST_MILLISECONDS) fail("time", `${elapsed.toFixed(0)} ms`);
	}
	expect([...failures.values()]).toEqual([]);
	expect(({} as Record<string, unknown>).polluted).toBeUndefined();
	return accepted;
}

const FOLDERS = ["odd", "qwen3", "gemma3", "phi3-longrope", "gpt2"];
const filesOf = (folder: string, names: readonly string[]) =>
	Object.fromEntries(names.map((name) => [name, fixtureBytes(`goldens/${folder}/${name}`)]));

/** Changes the JSON header of a safetensors file, or its bytes. */
function mutatedTensors(mutator: Mutator, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
	if (mutator.int(3) === 0) return mutator.bytes(bytes, 400);
	const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
	const header = new TextEncoder().encode(
		mutator.json(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))),
	);
	const out = new Uint8Array(8 + header.length + bytes.length - 8 - length);
	new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
	out.set(header, 8);
	out.set(bytes.subarray(8 + length), 8 + header.length);
	return out;
}

async function readWhole(folder: ModelFolder): Promise<void> {
	const model = await openModelFiles(folder, "mutated");
	for (const { name } of model.family.weights(model.config)) await model.files.readTensor(name);
}

test("safetensors", async () => {
	const bytes = fixtureBytes("small.safetensors");
	const accepted = await mutated(async (mutator) => {
		const file = await openSafetensors(bytesSource(mutatedTensors(mutator, bytes)), "m.safetensors");
		for (const name of file.tensors.keys()) await file.readTensor(name);
	});
	expect(accepted).toBeLessThan(CASES);
});

test("config.json, index and weights", () =>
	mutated(async (mutator) => {
		const files = filesOf(mutator.pick(FOLDERS), ["config.json", "model.safetensors"]);
		const config: unknown = JSON.parse(new TextDecoder().decode(files["config.json"]));
		if (mutator.int(3) > 0) files["config.json"] = new TextEncoder().encode(mutator.json(config));
		else files["model.safetensors"] = mutatedTensors(mutator, files["model.safetensors"]);
		if (mutator.int(6) === 0) {
			const index = { metadata: {}, weight_map: { "model.norm.weight": "model.safetensors", a: "b.safetensors" } };
			files["model.safetensors.index.json"] = new TextEncoder().encode(mutator.json(index));
		}
		await readWhole(memoryFolder("m", files));
	}));

test("GGUF", async () => {
	const names = ["gemma3", "gpt2", "mistral", "olmo2", "phi3", "qwen2", "qwen3"].map((name) => `gguf-${name}.gguf`);
	await mutated(async (mutator) => {
		const bytes = mutator.bytes(fixtureBytes(mutator.pick(names)), 4000);
		const folder = await ggufInFolder(memoryFolder("m", { "m.gguf": bytes }));
		if (folder === null) return;
		await readWhole(folder);
		await readTextProcessor(folder);
	});
});

const BASE = ["tokenizer", "tokenizer_config"].map((name) => readFileSync(`public/base-model/${name}.json`, "utf8"));

test("tokenizer.json and tokenizer_config.json", async () => {
	const { cases } = JSON.parse(fixtureText("tokenizer-parts.json")) as { cases?: unknown };
	const parts = Array.isArray(cases)
		? cases
				.filter(isObject)
				.map(({ tokenizer }) => tokenizer)
				.filter(isObject)
		: [];
	const definitions = [JSON.parse(BASE[0]), ...parts];
	await mutated((mutator) => {
		const tokenizer = Tokenizer.load({
			tokenizer: mutator.json(mutator.pick(definitions)),
			tokenizer_config: mutator.int(3) === 0 ? mutator.json(JSON.parse(BASE[1])) : BASE[1],
		});
		const ids = tokenizer.encode("Once upon a time <|im_end|> ünï 12.", { addSpecialTokens: true });
		tokenizer.decode(ids, { skipSpecialTokens: false });
	});
}, 120_000);

test("chat templates", async () => {
	const tokenizer = Tokenizer.load({ tokenizer: BASE[0], tokenizer_config: BASE[1] });
	const { templates = {} } = JSON.parse(fixtureText("chat-template.json")) as { templates?: Record<string, string> };
	const texts = [readFileSync("public/base-model/chat_template.jinja", "utf8"), ...Object.values(templates)].filter(
		(text) => typeof text === "string",
	);
	await mutated((mutator) => {
		const template = ChatTemplate.load({
			chat_template: mutator.text(mutator.text(mutator.pick(texts))),
			tokenizer_config: BASE[1],
		});
		const messages = [
			{ role: "user", content: "hi" },
			{ role: "assistant", content: "yo" },
		];
		template?.encode(messages, tokenizer, { add_generation_prompt: false });
	});
}, 120_000);

test("adapters, as folders and zips", async () => {
	const names = [
		"odd",
		"dora",
		"ends",
		"saved-head-norms",
		"prompt-random",
		"bottleneck-pfeiffer-gelu",
		"tokens-apart",
	];
	const models = new Map(
		await Promise.all(
			names.map(
				async (name) =>
					[
						name,
						await openModelFiles(memoryFolder("m", filesOf(name, ["config.json", "model.safetensors"])), name),
					] as const,
			),
		),
	);
	await mutated(async (mutator) => {
		const name = mutator.pick(names);
		const model = models.get(name);
		if (model === undefined) throw new Error(name);
		const own = readdirSync(`fixtures/goldens/${name}/final`).filter((file) => /\.(json|safetensors)$/.test(file));
		const files = filesOf(`${name}/final`, own);
		const file = mutator.pick(own);
		files[file] = file.endsWith(".json")
			? new TextEncoder().encode(mutator.json(JSON.parse(new TextDecoder().decode(files[file]))))
			: mutatedTensors(mutator, files[file]);
		const zipped = zipFiles(Object.entries(files).map(([path, bytes]) => ({ path, bytes })));
		const folder =
			mutator.int(2) === 0
				? memoryFolder("a", files)
				: adapterZipFolder(mutator.int(2) === 0 ? mutator.bytes(zipped) : zipped, "a.zip");
		const adapter = await readAdapterFolder(model, folder, "a");
		await exportAdapter(model, adapter);
	});
}, 120_000);

const ROWS = [
	{ text: "Once upon a time" },
	{ prompt: "a", completion: "b" },
	{
		messages: [
			{ role: "user", content: "hi" },
			{ role: "assistant", content: "yo", tool_calls: [{ function: { name: "f", arguments: { n: 1.5 } } }] },
		],
	},
	{ instruction: "x", input: "y", output: "z", history: [["q", "a"]] },
	{
		conversations: [
			{ from: "human", value: "hi" },
			{ from: "gpt", value: "yo" },
		],
	},
	{ input_ids: [5, 6, 7], labels: [-100, 6, 7], attention_mask: [1, 1, 1] },
	{ prompt: "p", chosen: "c", rejected: "r" },
	{ prompt: [{ role: "user", content: "x" }], completion: [{ role: "assistant", content: "y" }], tools: "[]" },
];
const TABLE = 'prompt,completion\n"a ""quoted"" thing",b\nx,"two\nlines"\n';
const PARQUET = readdirSync("fixtures/parquet").map((name) => fixtureBytes(`parquet/${name}`));

function dataFile(mutator: Mutator): [name: string, content: BlobPart] {
	const row = () => (mutator.int(2) === 0 ? mutator.json(mutator.pick(ROWS)) : JSON.stringify(mutator.pick(ROWS)));
	const format = mutator.pick(["jsonl", "json", "csv", "tsv", "txt", "parquet"]);
	if (format === "parquet") return ["m.parquet", mutator.bytes(mutator.pick(PARQUET))];
	const text =
		format === "jsonl"
			? [row(), row(), row()].join(mutator.pick(["\n", "\r\n", "\n\n"]))
			: format === "json"
				? `[${row()},${row()}]`
				: format === "txt"
					? mutator.text("Once upon a time. ".repeat(20))
					: mutator.text(format === "csv" ? TABLE : TABLE.replaceAll(",", "\t"));
	return [`m.${format}`, mutator.int(10) === 0 ? mutator.bytes(new TextEncoder().encode(text)) : text];
}

test("JSONL, JSON, CSV, TSV, text and Parquet", async () => {
	const tokenizer = Tokenizer.load({ tokenizer: BASE[0], tokenizer_config: BASE[1] });
	const template = ChatTemplate.load({ chat_template: readFileSync("public/base-model/chat_template.jinja", "utf8") });
	await mutated(async (mutator) => {
		const settings = resolveSettings({ max_length: mutator.pick([8, 64, 1024]) }, "the test");
		const options: EncodeOptions = { tokenizer, template, vocabSize: 2048, settings };
		const [name, content] = dataFile(mutator);
		const { source } = await openData(new Blob([content]), name, true);
		await encodeFile(source, options);
	});
}, 120_000);

test("counts and nesting are bounded before anything is allocated", async () => {
	const files = filesOf("phi3-longrope", ["config.json", "model.safetensors"]);
	const config = JSON.parse(new TextDecoder().decode(files["config.json"])) as Record<string, unknown>;
	const opened = (changes: object) =>
		errorOf(() =>
			openModelFiles(memoryFolder("m", { ...files, "config.json": JSON.stringify({ ...config, ...changes }) }), "m"),
		);
	expect((await opened({ num_hidden_layers: 1e9 })).message).toContain("at most 4096 are supported");
	const deep = JSON.parse(`${"[".repeat(300)}${"]".repeat(300)}`);
	expect((await opened({ unknown: deep })).message).toContain("nested more than 200 levels deep");
	const definition = JSON.parse(BASE[0]);
	definition.added_tokens[0].id = 1e9;
	const tokens = await errorOf(() => Tokenizer.load({ tokenizer: JSON.stringify(definition) }));
	expect(tokens.message).toContain("has the id 1000000000");
});
