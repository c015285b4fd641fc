// Encodes rows with the tokenizer and the chat template of the bundled model, for tests.
import type { DataFormat } from "../api.ts";
import { IGNORED } from "./dataset.ts";
import type { EncodeOptions } from "./encode.ts";
import { encodeFile } from "./encode-file.ts";
import { bundled } from "./test-files.ts";

const { tokenizer, template } = bundled();

export { tokenizer };
export const SETTINGS = { max_length: 512, assistant_only_loss: false, completion_only_loss: true };
export const user = (content: string) => ({ role: "user", content });
export const assistant = (content: string) => ({ role: "assistant", content });

export function encode(
	rows: readonly unknown[] | string,
	settings: Partial<EncodeOptions["settings"]> = {},
	options: Partial<EncodeOptions> = {},
) {
	const format: DataFormat = typeof rows === "string" ? "txt" : "jsonl";
	const blob = new Blob([typeof rows === "string" ? rows : rows.map((row) => JSON.stringify(row)).join("\n")]);
	return encodeFile(
		{ name: `d.${format}`, format, blob },
		{ tokenizer, template, vocabSize: 2048, settings: { ...SETTINGS, ...settings }, ...options },
	);
}
export async function encoded(...args: Parameters<typeof encode>) {
	const { dataset } = await encode(...args);
	return Array.from({ length: dataset.length }, (_, i) => dataset.unit(i)[0]).map(({ input_ids, labels }) => ({
		input_ids: [...input_ids],
		labels: [...labels],
	}));
}
/** The trained text. */
export const trained = (row: { labels: number[] }) =>
	tokenizer.decode(
		row.labels.filter((label) => label !== IGNORED),
		{ skipSpecialTokens: false },
	);
