// The `logits` command: writes the logits of every position of a text to a safetensors file.

import { encodeFloat32, writeSafetensors } from "../../engine/formats/index.ts";
import { textLogits } from "../../engine/train/logits.ts";
import { need, numberOr, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { writeWhole } from "../node-files.ts";
import { loadParams, openModelAndAdapter, processorOf, startGpu } from "../open.ts";
import { result } from "../output.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

export const logitsCommand: Command = {
	name: "logits",
	summary: "write logits: --model M --input-ids 1,2,3 | --text S  --output F.safetensors [--adapter DIR]",
	options: { ...MODEL_OPTIONS, "input-ids": "text", text: "text", output: "text", "adapter-strength": "number" },
	acceptsSettings: false,
	async run(args) {
		const output = need(args, "output");
		const { model, adapter } = await openModelAndAdapter(args);
		const given = text(args, "text");
		const listed = text(args, "input-ids");
		if ((given === undefined) === (listed === undefined)) {
			throw cliError("usage", {
				what: "--input-ids or --text is required",
				where: "tabtune logits",
				next: "write --input-ids 1,2,3 or --text S",
			});
		}
		const input_ids =
			given === undefined
				? parseIds(listed ?? "", model.config.vocab_size)
				: (await processorOf(model)).tokenizer.encode(given, { addSpecialTokens: true });
		const longest = model.config.max_position_embeddings;
		if (input_ids.length === 0 || input_ids.length > longest) {
			throw cliError("usage", {
				what: `the text has ${input_ids.length} tokens; this model supports 1 to ${longest}`,
				where: "tabtune logits",
				next: "use a text of a supported length",
			});
		}
		const runtime = await startGpu(model);
		loadParams(runtime, adapter);
		const logits = await textLogits(runtime, adapter?.layout ?? null, input_ids, numberOr(args, "adapter-strength", 1));
		const shape = [input_ids.length, model.config.vocab_size];
		const ids = BigInt64Array.from(input_ids, BigInt);
		await writeWhole(
			output,
			writeSafetensors(
				[
					{ name: "logits", dtype: "F32", shape, bytes: encodeFloat32(logits) },
					{ name: "input_ids", dtype: "I64", shape: [input_ids.length], bytes: new Uint8Array(ids.buffer) },
				],
				{},
			),
		);
		await result({ output, shape });
	},
};

function parseIds(list: string, vocab: number): number[] {
	return list.split(",").map((part) => {
		const id = Number(part);
		if (part.trim() === "" || !Number.isInteger(id) || id < 0 || id >= vocab) {
			throw cliError("usage", {
				what: `"${part.trim()}" is not a token id of this model`,
				where: "--input-ids",
				next: `write whole numbers from 0 to ${vocab - 1}, separated by commas`,
			});
		}
		return id;
	});
}
