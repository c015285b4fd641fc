// Renders conversations with the model's Jinja chat template, using @huggingface/jinja and the variables that transformers
// provides. Templates are untrusted code, so time, steps and sizes are limited. Differences from Python's jinja2 are patched
// in jinja-patches.ts.

import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { type MessageText, textOf } from "../../shared/messages/message.ts";
import { tokenizerMessage } from "../../shared/messages/tokenizer.en.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";
import { PYTHON_STRINGS, patchProgram } from "./jinja-patches.ts";
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

/** Maximum number of nodes evaluated per rendering, which takes a second or two. A turn needs a few dozen. */
const MOST_STEPS = 500_000;
/** Time limit per rendering, because single steps can be slow. */
const MOST_SECONDS = 5;
/** Maximum length of the output and of intermediate strings. */
const MOST_CHARACTERS = 16_000_000;
/** Maximum length of a list, including `range(…)`. */
const MOST_ELEMENTS = 100_000;

export class ChatTemplate {
	private readonly program: ReturnType<typeof parse>;

	/** @throws TabTuneError "tokenizer" if `source` is not a valid template. */
	constructor(
		/** The template's text. */
		readonly source: string,
		/** The date for strftime_now. */
		private readonly now: () => Date = () => new Date(),
	) {
		try {
			// transformers compiles with trim_blocks and lstrip_blocks (utils/chat_template_utils.py).
			this.program = parse(tokenize(source, { trim_blocks: true, lstrip_blocks: true }));
			patchProgram(this.program);
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

	/** The template of a model folder: chat_template.jinja, else tokenizer_config.json, as in transformers; null if there is none. */
	static load(files: { readonly chat_template?: string; readonly tokenizer_config?: string }): ChatTemplate | null {
		if (files.chat_template !== undefined) return new ChatTemplate(files.chat_template);
		if (files.tokenizer_config === undefined) return null;
		const { chat_template } = parseJsonObject(files.tokenizer_config, "tokenizer_config.json", "tokenizer");
		if (typeof chat_template === "string") return new ChatTemplate(chat_template);
		if (!Array.isArray(chat_template)) return null;
		// Among several named templates, "default" is the default.
		const named = chat_template.filter(isObject);
		const { template } = named.find(({ name }) => name === "default") ?? named[0] ?? {};
		return typeof template === "string" ? new ChatTemplate(template) : null;
	}

	/**
	 * Renders a conversation. Tokenise the result without adding special tokens: the template contains them.
	 * @throws TabTuneError "tokenizer" with the template's error message and `where`.
	 */
	render(messages: readonly Message[], options: RenderOptions): string {
		const environment = new Environment();
		const names = {
			...this.globals(),
			...options.special,
			messages,
			tools: options.tools ?? null,
			documents: null,
			add_generation_prompt: options.add_generation_prompt,
			...options.variables,
		};
		try {
			for (const [name, value] of Object.entries(names)) environment.set(name, value);
			const { value } = new BoundedInterpreter(environment).run(this.program);
			return typeof value === "string" ? value : "";
		} catch (cause) {
			throw new TabTuneError(
				"tokenizer",
				{
					what: tokenizerMessage("templateRefuses", { reason: messageOf(cause) }),
					where: options.where ?? "chat_template",
					next: tokenizerMessage("templateRefuses.next"),
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

	private globals(): Record<string, unknown> {
		return {
			true: true,
			false: false,
			none: null,
			True: true,
			False: false,
			None: null,
			range: boundedRange,
			raise_exception: (message: unknown) => {
				throw new Error(String(message));
			},
			strftime_now: (format: unknown) => strftime(this.now(), String(format)),
			...PYTHON_STRINGS,
		};
	}
}

class LimitError extends Error {
	constructor(readonly limit: MessageText) {
		super(textOf(limit));
	}
}

/** Counts the nodes it evaluates, so that `range(1e8)` or nested loops raise an error instead of freezing the tab. */
class BoundedInterpreter extends Interpreter {
	private steps = 0;
	private readonly started = performance.now();

	override evaluate(
		...[statement, environment]: Parameters<Interpreter["evaluate"]>
	): ReturnType<Interpreter["evaluate"]> {
		if (++this.steps > MOST_STEPS) throw new LimitError(tokenizerMessage("steps", { most: MOST_STEPS }));
		if (performance.now() - this.started > MOST_SECONDS * 1000)
			throw new LimitError(tokenizerMessage("seconds", { most: MOST_SECONDS }));
		const result = super.evaluate(statement, environment);
		const { value } = result;
		if (typeof value === "string" && value.length > MOST_CHARACTERS)
			throw new LimitError(tokenizerMessage("characters", { most: MOST_CHARACTERS }));
		if (Array.isArray(value) && value.length > MOST_ELEMENTS)
			throw new LimitError(tokenizerMessage("elements", { most: MOST_ELEMENTS }));
		return result;
	}
}

function boundedRange(first: number, end?: number | null, step: number | null = 1): number[] {
	const [start, stop] = end === undefined || end === null ? [0, first] : [first, end];
	const by = step ?? 1;
	if (by === 0) throw new Error("range() arg 3 must not be zero");
	const length = Math.max(0, Math.ceil((stop - start) / by));
	if (length > MOST_ELEMENTS) throw new Error(`range() of ${length} numbers, more than ${MOST_ELEMENTS}`);
	return Array.from({ length }, (_, i) => start + i * by);
}

function messageOf(cause: unknown): MessageText {
	if (cause instanceof LimitError) return cause.limit;
	return cause instanceof Error ? cause.message : String(cause);
}
