import { expect, test } from "vitest";
import type { TextProcessor } from "../../engine/train/text-processor.ts";
import type { JsonObject } from "../../shared/json.ts";
import { HttpError } from "./http-error.ts";
import { chatRequest, textRequest } from "./requests.ts";

const language = {
	tokenizer: { encode: (text: string) => Array.from(text, (char) => char.charCodeAt(0)) },
	template: {
		encode: (messages: { role: string; content: string }[]) => [
			messages.length,
			...messages.map((m) => m.content.length),
		],
	},
	eos: [],
} as unknown as TextProcessor;

const text = (body: JsonObject) => textRequest({ model: "m", prompt: "hi", ...body }, language);
const chat = (body: JsonObject) =>
	chatRequest({ model: "m", messages: [{ role: "user", content: "hi" }], ...body }, language);

function refused(read: () => unknown): [number, string | null] {
	try {
		read();
	} catch (thrown) {
		if (thrown instanceof HttpError) return [thrown.status, thrown.param];
		throw thrown;
	}
	return [200, null];
}

test("defaults are those of OpenAI: temperature 1, as many tokens as fit", () => {
	const { sampling, stop, stream, includeUsage, input_ids } = text({ seed: 7 });
	expect(sampling).toEqual({ max_new_tokens: null, temperature: 1, top_p: 1, top_k: 0, seed: 7 });
	expect([stop, stream, includeUsage, input_ids]).toEqual([[], false, false, [104, 105]]);
});

test("both names of the limit, stop as text or list, token ids as prompt, content in parts", () => {
	expect(text({ max_tokens: 5 }).sampling.max_new_tokens).toBe(5);
	expect(chat({ max_completion_tokens: 6 }).sampling.max_new_tokens).toBe(6);
	expect(text({ stop: "x" }).stop).toEqual(["x"]);
	expect(text({ stop: ["x", "y"] }).stop).toEqual(["x", "y"]);
	expect(text({ prompt: [3, 4] }).input_ids).toEqual([3, 4]);
	const parts = [
		{ type: "text", text: "one" },
		{ type: "text", text: "two" },
	];
	expect(chat({ messages: [{ role: "user", content: parts }] }).input_ids).toEqual([1, 6]);
});

test("parameters without effect and neutral values are accepted", () => {
	const neutral = {
		user: "me",
		n: 1,
		logprobs: false,
		presence_penalty: 0,
		tools: [],
		response_format: { type: "text" },
	};
	expect(refused(() => chat(neutral))).toEqual([200, null]);
	expect(refused(() => chat({ stop: null, logit_bias: {}, temperature: null }))).toEqual([200, null]);
});

test.each([
	["n", { n: 2 }],
	["logprobs", { logprobs: true }],
	["tools", { tools: [{ type: "function" }] }],
	["response_format", { response_format: { type: "json_object" } }],
	["frequency_penalty", { frequency_penalty: 0.5 }],
	["temprature", { temprature: 0 }],
	["temperature", { temperature: -1 }],
	["max_tokens", { max_tokens: 0 }],
	["top_k", { top_k: 1.5 }],
	["seed", { seed: "x" }],
	["stop", { stop: [""] }],
	["stream", { stream: "yes" }],
	["stream_options.other", { stream_options: { other: 1 } }],
	["model", { model: 3 }],
	["messages", { messages: [] }],
	["messages[0]", { messages: [{ content: "hi" }] }],
	["messages[0].tool_calls", { messages: [{ role: "assistant", content: "", tool_calls: [] }] }],
	["messages[0].content[0]", { messages: [{ role: "user", content: [{ type: "image_url" }] }] }],
	["chat_template_kwargs", { chat_template_kwargs: 1 }],
])("%s is refused by name", (param, body) => {
	expect(refused(() => chat(body))).toEqual([400, param]);
});
