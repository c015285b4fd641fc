// Changed data files of every format are read or refused.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { changedBytes, changedJson, changedText, fuzz, type Random } from "../../shared/test-fuzz.ts";
import { fixtureBytes } from "../formats/test-tools.ts";
import { resolveSettings } from "../train/settings.ts";
import { ChatTemplate } from "./chat-template.ts";
import { encodeFile } from "./encode-file.ts";
import { openData } from "./open-data.ts";
import { Tokenizer } from "./tokenizer.ts";

const bundled = (name: string) => readFileSync(`public/base-model/${name}`, "utf8");
const tokenizer = Tokenizer.load({
	tokenizer: bundled("tokenizer.json"),
	tokenizer_config: bundled("tokenizer_config.json"),
});
const template = ChatTemplate.load({ chat_template: bundled("chat_template.jinja") });

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
const GALLERY = readFileSync("public/gallery/pirate.jsonl", "utf8");
const TABLE = 'prompt,completion\n"a ""quoted"" thing",b\nx,"two\nlines"\n';
const QUOTES = ['"', '""', ",", "\t", "\r", "\n", "\0", "\ufeff", '"'.repeat(20_000), ",".repeat(20_000), "__proto__"];
const WORDS = ["\ud800", "\0", "<|im_end|>", "a".repeat(100_000), "🙂".repeat(5000), "\n".repeat(50_000)];
const PARQUET = readdirSync("fixtures/parquet").map((name) => fixtureBytes(`parquet/${name}`));

const row = (random: Random) =>
	random.chance(0.5) ? changedJson(random, random.oneOf(ROWS)) : JSON.stringify(random.oneOf(ROWS));
const rows = (random: Random) => Array.from({ length: 1 + random.below(4) }, () => row(random));
const table = (random: Random, separator: string) =>
	changedText(random, TABLE.repeat(1 + random.below(4)).replaceAll(",", separator), QUOTES);
const FORMATS: Readonly<Record<string, (random: Random) => string | Uint8Array<ArrayBuffer>>> = {
	jsonl: (random) =>
		random.chance(0.3) ? changedText(random, GALLERY) : rows(random).join(random.oneOf(["\n", "\r\n", "\n\n", "\r"])),
	json: (random) => (random.chance(0.3) ? changedText(random, JSON.stringify(ROWS)) : `[${rows(random).join(",")}]`),
	csv: (random) => table(random, ","),
	tsv: (random) => table(random, "\t"),
	txt: (random) => changedText(random, "Once upon a time. ".repeat(20), WORDS),
	parquet: (random) => changedBytes(random, random.oneOf(PARQUET)),
};

test.each(Object.entries(FORMATS))("%s", async (format, make) => {
	const counts = await fuzz(
		(random) => {
			const made = make(random);
			const bytes = typeof made === "string" ? new TextEncoder().encode(made) : made;
			const changed = format !== "parquet" && random.chance(0.1) ? changedBytes(random, bytes) : bytes;
			const settings = {
				max_length: random.oneOf([8, 64, 1024]),
				assistant_only_loss: random.chance(0.3),
				completion_only_loss: random.chance(0.7),
			};
			return { input: { bytes: changed, settings }, size: changed.length };
		},
		async ({ bytes, settings }) => {
			const { source } = await openData(new Blob([bytes]), `m.${format}`, true);
			const options = { tokenizer, template, vocabSize: 2048, settings: resolveSettings(settings, "the test") };
			const { dataset } = await encodeFile(source, options);
			expect(dataset.length).toBeGreaterThan(0);
		},
	);
	expect(counts.read).toBeGreaterThan(0);
});
