// Reads the bodies of completion requests as OpenAI's API defines them, with vLLM's extensions. Each parameter is
// used or refused by name; only those that cannot change an answer are ignored.
import type { Sampling } from "../../engine/train/generator.ts";
import { promptIds, type TextProcessor } from "../../engine/train/text-processor.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { HttpError } from "./http-error.ts";

export interface CompletionRequest {
	/** The name of the base or of an adapter. */
	readonly model: string;
	readonly input_ids: readonly number[];
	/** `max_new_tokens` is null for as many tokens as fit. */
	readonly sampling: Omit<Sampling, "max_new_tokens" | "adapterStrength"> & { readonly max_new_tokens: number | null };
	/** Texts that end the answer; they are not part of it. */
	readonly stop: readonly string[];
	readonly stream: boolean;
	/** Whether a stream ends with the numbers of tokens. */
	readonly includeUsage: boolean;
}

/** Parameters that do not change the text of an answer. */
const WITHOUT_EFFECT = new Set(["user", "metadata", "store", "safety_identifier", "prompt_cache_key", "service_tier"]);

/** Parameters that are not implemented, with the values that ask for nothing. */
const NEUTRAL: Readonly<Record<string, readonly unknown[]>> = {
	n: [1],
	best_of: [1],
	echo: [false],
	logprobs: [false, 0],
	top_logprobs: [0],
	frequency_penalty: [0],
	presence_penalty: [0],
	repetition_penalty: [1],
	min_p: [0],
	suffix: [""],
	logit_bias: [],
	tools: [],
	tool_choice: ["none", "auto"],
	parallel_tool_calls: [true, false],
	response_format: [],
	functions: [],
};

/** @throws HttpError 400 for a parameter that is wrong or not supported */
export function chatRequest(body: JsonObject, language: TextProcessor): CompletionRequest {
	const { messages, chat_template_kwargs = {}, ...rest } = body;
	if (!isObject(chat_template_kwargs)) throw new HttpError(400, "must be an object", "chat_template_kwargs");
	const input_ids = promptIds(language, turns(messages), { chat_template_kwargs: chat_template_kwargs as JsonObject });
	return { ...common(rest), input_ids };
}

/** @throws HttpError 400 for a parameter that is wrong or not supported */
export function textRequest(body: JsonObject, language: TextProcessor): CompletionRequest {
	const { prompt, ...rest } = body;
	const ids = Array.isArray(prompt) && prompt.every((id) => Number.isInteger(id) && (id as number) >= 0);
	if (typeof prompt !== "string" && !ids) throw new HttpError(400, "must be a text or a list of token ids", "prompt");
	const input_ids = typeof prompt === "string" ? promptIds(language, prompt, { raw: true }) : (prompt as number[]);
	return { ...common(rest), input_ids };
}

function turns(messages: unknown): { role: string; content: string }[] {
	if (!Array.isArray(messages) || messages.length === 0)
		throw new HttpError(400, "must be a list of messages, such as [{role, content}]", "messages");
	return messages.map((message: unknown, i) => {
		const param = `messages[${i}]`;
		if (!isObject(message) || typeof message.role !== "string") throw new HttpError(400, "has no role", param);
		const other = Object.keys(message).find((key) => key !== "role" && key !== "content" && message[key] !== null);
		if (other !== undefined) throw new HttpError(400, "is not supported", `${param}.${other}`);
		return { role: message.role, content: contentOf(message.content, `${param}.content`) };
	});
}

function contentOf(content: unknown, param: string): string {
	if (typeof content === "string") return content;
	if (!Array.isArray(content)) throw new HttpError(400, "must be a text or a list of text parts", param);
	return content
		.map((part: unknown, i) => {
			if (!isObject(part) || part.type !== "text" || typeof part.text !== "string")
				throw new HttpError(400, "is not a text part; only text is supported", `${param}[${i}]`);
			return part.text;
		})
		.join("");
}

function common(body: JsonObject): Omit<CompletionRequest, "input_ids"> {
	const {
		model,
		max_tokens = null,
		max_completion_tokens = max_tokens,
		temperature = null,
		top_p = null,
		top_k = null,
		seed = null,
		stop = null,
		stream = null,
		stream_options = null,
		...rest
	} = body;
	for (const [name, value] of Object.entries(rest)) {
		if (value === null || WITHOUT_EFFECT.has(name) || isNeutral(name, value)) continue;
		throw new HttpError(400, `${JSON.stringify(value)?.slice(0, 100)} is not supported`, name);
	}
	if (typeof model !== "string") throw new HttpError(400, "must be the name of a model, as in GET /v1/models", "model");
	return {
		model,
		sampling: {
			max_new_tokens:
				max_completion_tokens === null ? null : number("max_tokens", max_completion_tokens, 1, 2 ** 20, true),
			temperature: number("temperature", temperature ?? 1, 0, 100),
			top_p: number("top_p", top_p ?? 1, Number.MIN_VALUE, 1),
			// vLLM's value for all tokens is -1.
			top_k: Math.max(number("top_k", top_k ?? 0, -1, 2 ** 31, true), 0),
			seed: seed === null ? Math.floor(Math.random() * 2 ** 32) : number("seed", seed, 0, 2 ** 32 - 1, true),
		},
		stop: stopsOf(stop),
		stream: flag("stream", stream),
		includeUsage: streamOptions(stream_options),
	};
}

function isNeutral(name: string, value: unknown): boolean {
	if (!Object.hasOwn(NEUTRAL, name)) return false;
	if (name === "response_format") return isObject(value) && value.type === "text";
	if (typeof value === "object") return Object.keys(value as object).length === 0;
	return NEUTRAL[name].includes(value);
}

function number(param: string, value: unknown, low: number, high: number, whole = false): number {
	if (typeof value === "number" && value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
	throw new HttpError(400, `must be a ${whole ? "whole " : ""}number from ${low} to ${high}`, param);
}

function flag(param: string, value: unknown): boolean {
	if (value === null || typeof value === "boolean") return value === true;
	throw new HttpError(400, "must be true or false", param);
}

function stopsOf(stop: unknown): string[] {
	const stops = stop === null ? [] : Array.isArray(stop) ? stop : [stop];
	if (stops.every((text): text is string => typeof text === "string" && text !== "")) return stops;
	throw new HttpError(400, "must be a text or a list of texts", "stop");
}

function streamOptions(options: unknown): boolean {
	if (options === null) return false;
	if (!isObject(options)) throw new HttpError(400, "must be an object", "stream_options");
	const { include_usage = null, ...rest } = options;
	const [other] = Object.keys(rest);
	if (other !== undefined) throw new HttpError(400, "is not supported", `stream_options.${other}`);
	return flag("stream_options.include_usage", include_usage);
}
