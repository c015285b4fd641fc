// The `tokenize` command: the token ids of each row of a file, as training sees them.
import { RowEncoder, untrained } from "../../engine/data/encode.ts";
import { rawRows } from "../../engine/data/files.ts";
import type { EncodedRow } from "../../engine/data/row-store.ts";
import { Warnings } from "../../engine/data/warnings.ts";
import { flag, need, settingsOf } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { openDataFile } from "../data.ts";
import { languageOf, openModel } from "../open.ts";
import { result, say } from "../output.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

export const tokenizeCommand: Command = {
	name: "tokenize",
	summary: "print the token ids of rows: --model M --file F.jsonl [--for-training] [--add-generation-prompt]",
	options: { ...MODEL_OPTIONS, file: "text", "for-training": "flag", "add-generation-prompt": "flag", config: "text" },
	acceptsSettings: true,
	async run(args) {
		const path = need(args, "file");
		const model = await openModel(args);
		const settings = await settingsOf(args);
		const { tokenizer, template } = await languageOf(model);
		const file = await openDataFile(path, template !== null);
		const max_length = Math.min(settings.max_length, model.config.max_position_embeddings);
		const warnings = new Warnings();
		const encoder = new RowEncoder(
			{ tokenizer, template, settings: { ...settings, max_length }, vocabSize: model.config.vocab_size },
			warnings,
		);
		for await (const { value, where } of rawRows(file)) {
			const { row, trained } = encoder.read(value, where);
			if (flag(args, "for-training")) {
				const cut = (encoded: EncodedRow) => {
					const { input_ids, labels } = trained ? encoded : untrained(encoded);
					return {
						input_ids: [...input_ids.subarray(0, max_length)],
						labels: [...labels.subarray(0, max_length)],
					};
				};
				if (row.kind === "preference") {
					const { chosen, rejected } = await encoder.encodePair(row, where);
					await result({ chosen: cut(chosen), rejected: cut(rejected) });
				} else await result(cut(encoder.encode(row, where)));
			} else if (row.kind === "text") {
				await result({ input_ids: tokenizer.encode(row.text, { addSpecialTokens: true }) });
			} else if (row.kind === "messages") {
				if (template === null)
					throw cliError("tokenizer", {
						what: "this model has no chat template",
						where,
						next: "use rows of text",
					});
				await result({
					input_ids: template.encode(row.messages, tokenizer, {
						add_generation_prompt: flag(args, "add-generation-prompt"),
						tools: row.tools,
						variables: row.variables,
						where,
					}),
				});
			} else {
				throw cliError("data", {
					what: "the row has neither text nor messages",
					where,
					next: "add --for-training to see how such a row is trained",
				});
			}
		}
		for (const warning of warnings.messages()) say(`warning: ${warning.text}`);
	},
};
