// Renders conversations with the model's Jinja chat template and the variables that transformers provides. The template is
// parsed by @huggingface/jinja and evaluated with Python's semantics (jinja/evaluate.ts).

import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { tokenizerMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";
import { copySpelling } from "./exact-json.ts";
import { evaluateTemplate, LimitError, type Rendered } from "./jinja/evaluate.ts";
import { fromJson } from "./jinja/from-json.ts";
import type { Node } from "./jinja/nodes.ts";
import { parseTemplate } from "./jinja/parse.ts";
import { Callable, str, TemplateError, type Value } from "./jinja/values.ts";
import { strftime } from "./strftime.ts";
import type { SpecialTokens, Tokenizer } from "./tokenizer.ts";

/** A turn. Other keys (tool_calls, reasoning_content, name, …) are passed to the template unchanged. */
export interface Message {
	readonly role: string;
	readonly content: string | null;
	readonly [key: string]: unknown;
}

export interface RenderOptions {
	readonly add_generation_prompt: boolean;
	/** bos_token, eos_token, …: `tokenizer.special`. */
	readonly special: SpecialTokens;
	readonly tools?: readonly unknown[];
	/** Additional template variables, like the keyword arguments of apply_chat_template: {enable_thinking: false}. */
	readonly variables?: JsonObject;
	/** Location for error messages: "row 17". */
	readonly where?: MessageText;
}

export interface TemplateFiles {
	readonly chat_template?: string; // chat_template.jinja
	readonly additional_chat_templates?: Readonly<Record<string, string>>;
	readonly tokenizer_config?: string;
}

export class ChatTemplate {
	private readonly program: readonly Node[];
	/** Whether the template marks what the model writes with {% generation %}. */
	readonly marksGeneration: boolean;

	private toolUse: ChatTemplate | null = null;
	/** The names of several templates without a default. */
	private unnamed: readonly string[] | null = null;

	/** @throws TabTuneError "tokenizer" if `source` is not a valid template. */
	constructor(
		/** The template's text. */
		readonly source: string,
		/** The date for strftime_now. */
		private readonly now: () => Date = () => new Date(),
	) {
		try {
			this.program = parseTemplate(source);
			this.marksGeneration = /\{%[-+]?\s*generation\s*[-+]?%\}/.test(source);
		} catch (cause) {
			throw new TabTuneError(
				"tokenizer",
				{
					what: tokenizerMessage("templateParse", { reason: messageOf(cause) }),
					where: "chat_template",
					next: tokenizerMessage("templateParse.next"),
				},
				{ cause },
			);
		}
	}

	/**
	 * The template of a model folder, as in transformers: chat_template.jinja and additional_chat_templates, else
	 * tokenizer_config.json; null if there is none. Of several, "tool_use" is used for conversations with tools and "default"
	 * for the others.
	 */
	static load(files: TemplateFiles): ChatTemplate | null {
		const templates = templatesOf(files);
		const names = Object.keys(templates);
		if (names.length === 0) return null;
		const { default: standard, tool_use } = templates;
		const template = new ChatTemplate(standard ?? "");
		if (tool_use !== undefined) template.toolUse = new ChatTemplate(tool_use);
		if (standard === undefined) template.unnamed = names;
		return template;
	}

	/** The template of a conversation: "tool_use" where there is one and the row has tools. */
	forTools(tools: readonly unknown[] | undefined): ChatTemplate {
		return tools === undefined || this.toolUse === null ? this : this.toolUse;
	}

	/**
	 * Renders a conversation. Tokenise the result without adding special tokens: the template contains them.
	 * @throws TabTuneError "tokenizer" with the template's error message and `where`.
	 */
	render(messages: readonly Message[], options: RenderOptions): string {
		return this.renderMarked(messages, options).text;
	}

	/** `render`, with the ranges of the text that {% generation %} blocks wrote. */
	renderMarked(messages: readonly Message[], options: RenderOptions): Rendered {
		const template = this.forTools(options.tools);
		if (template !== this) return template.renderMarked(messages, options);
		if (this.unnamed !== null)
			throw new TabTuneError("tokenizer", {
				what: tokenizerMessage("noDefaultTemplate", { names: this.unnamed.join(", ") }),
				where: options.where ?? "chat_template",
				next: tokenizerMessage("noDefaultTemplate.next"),
			});
		try {
			return this.evaluated(messages, options);
		} catch (error) {
			// OpenAI's tool calls have the content null. Templates that join it with text accept "".
			const isCall = ({ content, tool_calls }: Message) => content === null && Array.isArray(tool_calls);
			if (!messages.some(isCall)) throw error;
			const filled = messages.map((turn) => (isCall(turn) ? copySpelling(turn, { ...turn, content: "" }) : turn));
			return this.evaluated(filled, options);
		}
	}

	private evaluated(messages: readonly Message[], options: RenderOptions): Rendered {
		const given: Record<string, unknown> = {
			...options.special,
			messages: messages.map(withReasoning),
			tools: options.tools ?? null,
			documents: null,
			add_generation_prompt: options.add_generation_prompt,
		};
		try {
			const variables = new Map<string, Value>(Object.entries(given).map(([name, value]) => [name, fromJson(value)]));
			const kwargs = fromJson(options.variables ?? {});
			if (kwargs instanceof Map) for (const [name, value] of kwargs) variables.set(str(name), value);
			variables.set("strftime_now", new Callable("strftime_now", ([format]) => strftime(this.now(), str(format))));
			return evaluateTemplate(this.program, variables);
		} catch (cause) {
			throw new TabTuneError(
				"tokenizer",
				{
					what: tokenizerMessage("templateRefuses", { reason: messageOf(cause) }),
					where: options.where ?? "chat_template",
					next: tokenizerMessage(joinsText(cause) ? "templateJoins.next" : "templateRefuses.next"),
				},
				{ cause },
			);
		}
	}

	/** `render`, tokenised. */
	encode(messages: readonly Message[], tokenizer: Tokenizer, options: Omit<RenderOptions, "special">): number[] {
		return tokenizer.encode(this.render(messages, { ...options, special: tokenizer.special }), {
			addSpecialTokens: false,
		});
	}
}

/** The templates by name. */
function templatesOf(files: TemplateFiles): Readonly<Record<string, string>> {
	const { chat_template: file, additional_chat_templates, tokenizer_config } = files;
	if (file !== undefined || additional_chat_templates !== undefined)
		return { ...additional_chat_templates, ...(file === undefined ? {} : { default: file }) };
	if (tokenizer_config === undefined) return {};
	const { chat_template } = parseJsonObject(tokenizer_config, "tokenizer_config.json", "tokenizer");
	if (typeof chat_template === "string") return { default: chat_template };
	if (!Array.isArray(chat_template)) return {};
	return Object.fromEntries(
		chat_template
			.filter(isObject)
			.flatMap(({ name, template }) =>
				typeof name === "string" && typeof template === "string" ? [[name, template]] : [],
			),
	);
}

/** The names of a turn's reasoning (utils/chat_template_utils.py of transformers); templates read the first, gpt-oss the second. */
const REASONING = ["reasoning_content", "thinking", "reasoning"] as const;

/** A copy of the turn in which `reasoning_content` and `thinking` have the reasoning, whatever its name was. */
function withReasoning(message: Message): JsonObject {
	const name = REASONING.find((field) => message[field] !== undefined && message[field] !== null);
	if (name === undefined) return message;
	return copySpelling(message, { thinking: message[name], ...message, reasoning_content: message[name] });
}

/** Whether the template joins text with a dict or a list. */
function joinsText(cause: unknown): boolean {
	return cause instanceof TemplateError && /^can only concatenate str \(not "(dict|list)"\)/.test(cause.message);
}

function messageOf(cause: unknown): MessageText {
	if (cause instanceof LimitError) return cause.limit;
	return cause instanceof Error ? cause.message : String(cause);
}
