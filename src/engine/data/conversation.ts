// Tokenises a conversation and marks the tokens of assistant turns. Works with any chat template, without {% generation %}
// markers: the start of a turn is found by rendering the turns before it, its end by the end-of-turn token.
import { TabTuneError } from "../../shared/errors.ts";
import type { JsonObject } from "../../shared/json.ts";
import { tokenizerMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import type { ChatTemplate, Message } from "./chat-template.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** The token that ends an assistant turn: <|im_end|>, <|eot_id|>, <end_of_turn>, </s>. */
export interface TurnEnd {
	readonly id: number;
	readonly text: string;
}

export interface AssistantTokens {
	readonly ids: number[];
	/** One flag per token: true for assistant turns, including their end-of-turn token. */
	readonly assistant: boolean[];
	/** True if the template renders an earlier answer differently from a last one (Qwen3 drops earlier thoughts). */
	readonly rewritten: boolean;
}

export interface Context {
	readonly tools?: readonly unknown[];
	/** Variables of the template: the chat_template_kwargs of the row and of the settings. */
	readonly variables?: JsonObject;
	readonly where: MessageText;
}

/** Placeholder for an answer, which shows what a template writes around it. */
const MARK = "Zq7TabTuneAnswer7qZ";

/** Half-open range of characters. */
interface Span {
	readonly start: number;
	readonly end: number;
}

export class ConversationEncoder {
	/** Null if the template has no end-of-turn token; the model then does not learn to stop. */
	readonly turnEnd: TurnEnd | null;
	/** Roles that the template is known to render, with whether the turn was the first one. */
	private readonly rendered = new Set<string>();

	constructor(
		private readonly template: ChatTemplate,
		private readonly tokenizer: Tokenizer,
	) {
		this.turnEnd = this.findTurnEnd();
	}

	/** Ids of the rendered conversation. */
	encode(messages: readonly Message[], context: Context, add_generation_prompt = false): number[] {
		return this.template.encode(messages, this.tokenizer, { ...context, add_generation_prompt });
	}

	/** Token ids and the assistant mask. @throws TabTuneError "tokenizer" if a turn cannot be located in the rendered text. */
	encodeAssistant(messages: readonly Message[], context: Context): AssistantTokens {
		if (this.template.forTools(context.tools).marksGeneration) return this.encodeGenerations(messages, context);
		const text = this.render(messages, context, false);
		const spans: Span[] = [];
		let rewritten = false;
		messages.forEach(({ role }, turn) => {
			if (role !== "assistant") return;
			spans.push(this.spanOf(messages, turn, text, spans.at(-1)?.end ?? 0, context));
			const asLast = turn === messages.length - 1 ? text : this.tryRender(messages.slice(0, turn + 1), context, false);
			if (asLast !== null && !text.startsWith(asLast)) rewritten = true;
		});
		return { ...this.flagTokens(text, spans), rewritten };
	}

	/** The tokens that {% generation %} blocks of the template wrote, as transformers' assistant masks. */
	private encodeGenerations(messages: readonly Message[], context: Context): AssistantTokens {
		const { special } = this.tokenizer;
		const options = { ...context, add_generation_prompt: false, special };
		const { text, generations } = this.template.renderMarked(messages, options);
		const spans = generations.filter(({ start, end }) => end > start);
		return { ...this.flagTokens(text, spans, true), rewritten: false };
	}

	/** One flag per token of the conversation: true inside the turns that `isFlagged` selects, with their end-of-turn token. */
	flagTurns(messages: readonly Message[], isFlagged: (turn: number) => boolean, context: Context): boolean[] {
		const text = this.render(messages, context, false);
		const spans: Span[] = [];
		messages.forEach((_, turn) => {
			if (isFlagged(turn)) spans.push(this.spanOf(messages, turn, text, spans.at(-1)?.end ?? 0, context));
		});
		return this.flagTokens(text, spans).assistant;
	}

	/** The first turn whose role is one that the template leaves out with its content; null if there is none. */
	droppedTurn(messages: readonly Message[], context: Context): number | null {
		for (const [turn, message] of messages.entries()) {
			const key = `${message.role}${turn === 0}`;
			if (this.rendered.has(key) || typeof message.content !== "string" || message.content.trim() === "") continue;
			const marked = messages.map((other, i) => (i === turn ? { ...other, content: MARK } : other));
			const text = this.tryRender(marked, context, false);
			if (text?.includes(MARK) === false) return turn;
			this.rendered.add(key);
		}
		return null;
	}

	private spanOf(messages: readonly Message[], turn: number, text: string, after: number, context: Context): Span {
		const marked = this.tryRender(
			messages.map((message, i) => (i === turn ? { ...message, content: MARK } : message)),
			context,
			false,
		)?.split(MARK);
		const [before, suffix] = marked?.length === 2 ? marked : [null, null];
		const opened = this.tryRender(messages.slice(0, turn), context, true);
		// The model starts after the generation prompt; a template without one still writes something before the answer.
		const start = [opened, before].find(
			(prefix) => prefix !== null && prefix.length >= after && text.startsWith(prefix),
		)?.length;
		if (start === undefined) throw this.lost(turn, context);
		const contentEnd = suffix !== null && text.endsWith(suffix) ? Math.max(start, text.length - suffix.length) : null;
		if (this.turnEnd === null) {
			if (contentEnd === null) throw this.lost(turn, context);
			return { start, end: contentEnd };
		}
		const end = text.indexOf(this.turnEnd.text, contentEnd ?? start);
		// Some templates leave the last turn open.
		return { start, end: end < 0 ? text.length : end + this.turnEnd.text.length };
	}

	private lost(turn: number, { where }: Context): TabTuneError {
		return new TabTuneError("tokenizer", {
			what: tokenizerMessage("earlierTurns", { message: turn + 1 }),
			where,
			next: tokenizerMessage("earlierTurns.next"),
		});
	}

	/**
	 * Tokens of `text`, with a flag for those inside a span.
	 * @param inclusive whether a token that is partly inside counts
	 */
	private flagTokens(text: string, spans: readonly Span[], inclusive = false): { ids: number[]; assistant: boolean[] } {
		const ids = this.idsOf(text);
		const assistant = Array<boolean>(ids.length).fill(false);
		const cuts = spans.flatMap(({ start, end }) => [start, end]);
		const places = this.placesOf(text, ids, cuts, inclusive);
		for (let i = 0; i < places.length; i += 2) assistant.fill(true, places[i], places[i + 1]);
		return { ids, assistant };
	}

	/** The token index of each cut in the text. With `inclusive`, a token over the end of a span is before the cut. */
	private placesOf(text: string, ids: readonly number[], cuts: readonly number[], inclusive: boolean): number[] {
		// If the tokens of the pieces join to those of the whole, as at special tokens and line ends, their lengths are the indices.
		const pieces = [...cuts, text.length].map((cut, i) => this.idsOf(text.slice(i === 0 ? 0 : cuts[i - 1], cut)));
		if (sameIds(pieces.flat(), ids)) {
			let place = 0;
			return cuts.map((_, i) => {
				place += pieces[i].length;
				return place;
			});
		}
		// Otherwise a token may span a cut; it belongs to the text after the cut, as in transformers' assistant masks.
		return cuts.map((cut, i) => {
			const before = this.idsOf(text.slice(0, cut));
			const place = commonPrefix(before, ids);
			return inclusive && i % 2 === 1 && place < before.length ? place + 1 : place;
		});
	}

	private findTurnEnd(): TurnEnd | null {
		const question = { role: "user", content: "a" };
		const text = this.tryRender([question, { role: "assistant", content: MARK }], { where: "chat_template" }, false);
		const after = text?.split(MARK)[1];
		if (after === undefined) return null;
		let first: { id: number; text: string; at: number } | null = null;
		for (const [id, { content }] of this.tokenizer.addedTokens) {
			const at = content.trim() === "" ? -1 : after.indexOf(content);
			if (at >= 0 && (first === null || at < first.at || (at === first.at && content.length > first.text.length)))
				first = { id, text: content, at };
		}
		return first === null ? null : { id: first.id, text: first.text };
	}

	private idsOf(text: string): number[] {
		return this.tokenizer.encode(text, { addSpecialTokens: false });
	}

	private render(messages: readonly Message[], context: Context, add_generation_prompt: boolean): string {
		return this.template.render(messages, { ...context, add_generation_prompt, special: this.tokenizer.special });
	}

	/** Null if the template rejects a partial conversation (no turns yet, roles out of order). */
	private tryRender(messages: readonly Message[], context: Context, add_generation_prompt: boolean): string | null {
		try {
			return this.render(messages, context, add_generation_prompt);
		} catch (error) {
			if (error instanceof TabTuneError) return null;
			throw error;
		}
	}
}

/** How many leading ids two lists share. */
export function commonPrefix(a: ArrayLike<number>, b: ArrayLike<number>): number {
	let length = 0;
	while (length < a.length && length < b.length && a[length] === b[length]) length++;
	return length;
}

export function sameIds(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
	return a.length === b.length && commonPrefix(a, b) === a.length;
}
