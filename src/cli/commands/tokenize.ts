// The `tokenize` command: the token ids of each row of a file, as training sees them.

import { RowEncoder, untrained } from "../../engine/data/encode.ts";
import { textRows } from "../../engine/data/encode-text.ts";
import { encodingWarnings } from "../../engine/data/encoding-warnings.ts";
import { copySpelling } from "../../engine/data/exact-json.ts";
import { rawRows } from "../../engine/data/files.ts";
import type { EncodedRow } from "../../engine/data/row-store.ts";
import { Warnings } from "../../engine/data/warnings.ts";
import { textOf } from "../../shared/messages/message.ts";
import { flag } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { openDataFiles, trainRows } from "../data.ts";
import { openRowModel } from "../open.ts";
import { result, say } from "../output.ts";
import { settingsOf } from "../settings-given.ts";
import { type Command, MODEL_OPTIONS, SET_OPTIONS } from "./command.ts";

export const tokenizeCommand: Command = {
	name: "tokenize",
	summary: "print the token ids of rows: --model M --file F.jsonl [--for-training] [--add-generation-prompt]",
	options: {
		...MODEL_OPTIONS,
		...SET_OPTIONS,
		file: "text",
		"for-training": "flag",
		"add-generation-prompt": "flag",
		config: "text",
	},
	acceptsSettings: true,
	async run(args) {
		const files = await trainRows(args, "file");
		const { tokenizer, template, vocab_size, max_position_embeddings } = await openRowModel(args);
		const settings = await settingsOf(args);
		const max_length = Math.min(settings.max_length, max_position_embeddings);
		const warnings = new Warnings();
		const options = { tokenizer, template, settings: { ...settings, max_length }, vocabSize: vocab_size };
		const encoder = new RowEncoder(options, warnings);
		for (const file of await openDataFiles(files, template !== null)) {
			for (const warning of encodingWarnings(file)) say(`warning: ${textOf(warning)}`);
			if (file.format === "txt") {
				// A text file is split into rows of max_length, as in training.
				for await (const { row } of textRows(file, encoder, options)) {
					const { input_ids, labels } = row;
					await result({
						input_ids: [...input_ids],
						...(flag(args, "for-training") ? { labels: [...labels] } : {}),
					});
				}
				continue;
			}
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
							variables: copySpelling(row.variables ?? {}, { ...settings.chat_template_kwargs, ...row.variables }),
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
		}
		for (const warning of warnings.messages()) say(`warning: ${textOf(warning)}`);
	},
};
