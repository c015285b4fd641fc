// The `generate` command: answers a prompt or a conversation.
import { readFile } from "node:fs/promises";
import type { ChatMessage } from "../../engine/api.ts";
import { parseJson } from "../../engine/data/exact-json.ts";
import { Generator } from "../../engine/train/generator.ts";
import { promptIds } from "../../engine/train/text-processor.ts";
import type { JsonObject } from "../../shared/json.ts";
import { readSetting } from "../../shared/setting-values.ts";
import { flag, numberOr, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { loadParams, openModelAndAdapter, processorOf, startGpu } from "../open.ts";
import { result } from "../output.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

export const generateCommand: Command = {
	name: "generate",
	summary:
		"answer: --model M --prompt S | --messages F.json [--adapter DIR] [--max-new-tokens N --temperature X --top-p X --top-k N --seed N]",
	options: {
		...MODEL_OPTIONS,
		prompt: "text",
		messages: "text",
		"max-new-tokens": "number",
		temperature: "number",
		"top-p": "number",
		"top-k": "number",
		seed: "number",
		"adapter-strength": "number",
		chat: "flag",
		"chat-template-kwargs": "text",
	},
	acceptsSettings: false,
	async run(args) {
		const { model, adapter } = await openModelAndAdapter(args);
		const language = await processorOf(model);
		const prompt = text(args, "prompt");
		const file = text(args, "messages");
		if ((prompt === undefined) === (file === undefined)) {
			throw cliError("usage", {
				what: "--prompt or --messages is required",
				where: "tabtune generate",
				next: "write --prompt S or --messages F.json",
			});
		}
		const kwargs = text(args, "chat-template-kwargs");
		const chat_template_kwargs = kwargs === undefined ? {} : templateVariables(kwargs);
		// --prompt is used without changes; --chat wraps it as a user turn.
		const input_ids =
			prompt === undefined
				? promptIds(language, await readMessages(file ?? ""), { chat_template_kwargs })
				: promptIds(language, prompt, { raw: !flag(args, "chat"), chat_template_kwargs });
		const max_new_tokens = numberOr(args, "max-new-tokens", 128);
		const temperature = numberOr(args, "temperature", 0);
		const top_p = numberOr(args, "top-p", 1);
		const top_k = numberOr(args, "top-k", 0);
		const seed = numberOr(args, "seed", 42);
		inRange("max-new-tokens", max_new_tokens, 1, 2 ** 20, true);
		inRange("temperature", temperature, 0, 100);
		inRange("top-p", top_p, Number.MIN_VALUE, 1);
		inRange("top-k", top_k, 0, 2 ** 31, true);
		inRange("seed", seed, 0, 2 ** 32 - 1, true);
		const runtime = await startGpu(model);
		loadParams(runtime, adapter);
		const cacheLength = Math.min(
			model.config.max_position_embeddings,
			(adapter?.layout.virtualTokens ?? 0) + input_ids.length + max_new_tokens,
		);
		const generator = await Generator.create(runtime, adapter?.layout ?? null, cacheLength);
		const sampling = {
			max_new_tokens,
			temperature,
			top_p,
			top_k,
			seed,
			adapterStrength: numberOr(args, "adapter-strength", 1),
		};
		const { output_ids, stopped } = await generator.generate(input_ids, sampling, language.eos, () => true);
		generator.release();
		await result({
			text: language.tokenizer.decode(output_ids, { skipSpecialTokens: true }),
			input_ids,
			output_ids,
			stopped,
		});
	},
};

function templateVariables(json: string): JsonObject {
	const read = readSetting("chat_template_kwargs", json);
	if (read.ok) return parseJson(json) as JsonObject;
	throw cliError("usage", {
		what: "--chat-template-kwargs is not a JSON object",
		where: "tabtune generate",
		next: `write --chat-template-kwargs '{"enable_thinking": false}'`,
	});
}

async function readMessages(path: string): Promise<ChatMessage[]> {
	let value: unknown;
	try {
		value = parseJson(await readFile(path, "utf8"));
	} catch (cause) {
		throw cliError(
			"usage",
			{
				what: `the messages cannot be read: ${(cause as Error).message}`,
				where: path,
				next: 'give a JSON file like [{"role": "user", "content": "Hi"}]',
			},
			{ cause },
		);
	}
	const list = Array.isArray(value) ? value : (value as { messages?: unknown }).messages;
	if (!Array.isArray(list) || !list.every((m) => typeof m?.role === "string" && typeof m?.content === "string")) {
		throw cliError("usage", {
			what: "this is not a list of messages",
			where: path,
			next: 'write [{"role": "user", "content": "Hi"}]',
		});
	}
	return list;
}

function inRange(name: string, value: number, low: number, high: number, whole = false): void {
	if (value >= low && value <= high && (!whole || Number.isInteger(value))) return;
	throw cliError("usage", {
		what: `--${name} is ${value}`,
		where: "tabtune generate",
		next: `use a ${whole ? "whole " : ""}number from ${low} to ${high}`,
	});
}
