// Tokens that only tokenizer_config.json, special_tokens_map.json or added_tokens.json name, and tokenizers in the files
// vocab.json and merges.txt, against transformers (fixtures/make_token_files.py).
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { memoryFolder } from "../formats/index.ts";
import { readTextProcessor } from "./text-processor.ts";

interface Case {
	name: string;
	base: "tokenizer.json" | "vocab.json";
	files: Record<string, object>;
	ids: number[][];
}
const fixture: { texts: string[]; tokenizer: { model: { vocab: object } }; merges: string; cases: Case[] } = JSON.parse(
	readFileSync("fixtures/token-files.json", "utf8"),
);

const folderOf = ({ base, files }: Pick<Case, "base" | "files">) =>
	memoryFolder("m", {
		...Object.fromEntries(Object.entries(files).map(([name, content]) => [name, JSON.stringify(content)])),
		...(base === "tokenizer.json"
			? { "tokenizer.json": JSON.stringify(fixture.tokenizer) }
			: { "vocab.json": JSON.stringify(fixture.tokenizer.model.vocab), "merges.txt": fixture.merges }),
	});

test.each(fixture.cases)("$name", async (one) => {
	const { tokenizer } = await readTextProcessor(folderOf(one));
	expect(fixture.texts.map((text) => tokenizer.encode(text, { addSpecialTokens: false }))).toEqual(one.ids);
});

test("vocab.json of another kind is refused by its name", async () => {
	const files = { "tokenizer_config.json": { tokenizer_class: "RobertaTokenizer" } };
	await expect(readTextProcessor(folderOf({ base: "vocab.json", files }))).rejects.toThrow(
		/RobertaTokenizer.*save_pretrained/,
	);
});
