// A model family is one file: outside src/engine/models/ no code names a family or compares model_type.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { filesIn, ROOT } from "../../../scripts/files.mjs";
import { FAMILIES } from "./index.ts";

/** llama.cpp names a tokenizer after the first model that had it: "gpt2" is byte-level BPE, "llama" is SentencePiece. */
const TOKENIZERS = ["gguf-tokenizer", "gguf-tokenizer-write", "gguf-pre-tokenizers"].map(
	(name) => `src/engine/formats/${name}.ts`,
);

const CODE = filesIn(["src", "app"]).filter(
	(path) =>
		/\.tsx?$/.test(path) &&
		!/\.test\.tsx?$|\/test-/.test(path) &&
		!path.startsWith("src/engine/models/") &&
		!TOKENIZERS.includes(path),
);

test("no code outside models/ names a family or compares model_type", () => {
	const names = FAMILIES.flatMap(({ model_type, className, gguf }) => [
		model_type,
		className,
		gguf?.name ?? model_type,
	]);
	const named = new RegExp(`["'\`](${names.join("|")})["'\`]|\\bmodel_type\\b\\W*[!=]==`);
	const lines = CODE.flatMap((path) =>
		readFileSync(`${ROOT}/${path}`, "utf8")
			.split("\n")
			.flatMap((line, i) => (named.test(line) ? [`${path}:${i + 1} ${line.trim()}`] : [])),
	);
	expect(CODE.length).toBeGreaterThan(300);
	expect(lines).toEqual([]);
});
