// Encodes rows as token ids and labels, following TRL (SFTTrainer._prepare_dataset, trl 1.16): which tokens are trained,
// where EOS is added, how rows are truncated. To add a kind of row: a case in `encode` here and its shape in rows.ts.

import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage, rowsMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import type { RunSettings } from "../api.ts";
import type { ChatTemplate, Message } from "./chat-template.ts";
import { type Context, ConversationEncoder, commonPrefix } from "./conversation.ts";
import { copySpelling } from "./exact-json.ts";
import type { EncodedPair } from "./preferences.ts";
import type { PreferenceRow, Row } from "./row-kinds.ts";
import { hasEmptyAnswer, hasLoneSurrogate } from "./row-remarks.ts";
import { type EncodedRow, IGNORED } from "./row-store.ts";
import { normaliseRow, type ShapedRow } from "./rows.ts";
import { noteUnread } from "./template-use.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { trainsTurn } from "./turn-weights.ts";
import type { Warnings } from "./warnings.ts";

export interface EncodeOptions {
	/** Null for a model folder without a tokenizer; only rows of input_ids can be read then. */
	readonly tokenizer: Tokenizer | null;
	readonly template: ChatTemplate | null;
	/** Number of rows in the embedding; all ids must be smaller. */
	readonly vocabSize: number;
	readonly settings: Pick<RunSettings, "max_length" | "assistant_only_loss" | "completion_only_loss"> &
		Partial<Pick<RunSettings, "loss_type" | "packing" | "chat_template_kwargs">>;
}

export class RowEncoder {
	private readonly conversations: ConversationEncoder | null;
	/** For pairs and rated answers: every answer is trained whole, regardless of the settings for single answers. */
	private answers: RowEncoder | null = null;

	constructor(
		private readonly options: EncodeOptions,
		private readonly warnings: Warnings,
	) {
		const { template, tokenizer } = options;
		this.conversations = template === null || tokenizer === null ? null : new ConversationEncoder(template, tokenizer);
	}

	/** @throws TabTuneError "tokenizer" if the model has no tokenizer. */
	get tokenizer(): Tokenizer {
		if (this.options.tokenizer !== null) return this.options.tokenizer;
		throw new TabTuneError("tokenizer", {
			what: dataMessage("noTokenizer"),
			where: dataMessage("modelFolder"),
			next: dataMessage("noTokenizer.next"),
		});
	}

	/** Normalises a row, and notes what a careful reader would remark on. @throws TabTuneError naming `where`. */
	read(value: unknown, where: MessageText): ShapedRow {
		const shaped = normaliseRow(value, where, this.options);
		this.warnings.unused(shaped.unused);
		if (hasLoneSurrogate(shaped.row))
			this.warnings.add("surrogates", where, (rows) => rowsMessage("surrogates", { rows }));
		if (hasEmptyAnswer(shaped.row))
			this.warnings.add("empty-answer", where, (rows) => rowsMessage("emptyAnswers", { rows }));
		return shaped;
	}

	/** Encodes a row without truncation. @throws TabTuneError naming `where`. */
	encode(row: Row, where: MessageText): EncodedRow {
		const encoded = this.encoded(row, where);
		this.checkTokens(encoded.input_ids, where);
		return encoded;
	}

	/** @throws TabTuneError "data" for an id that the model has no row for: the tokenizer may have more tokens than the model. */
	checkTokens(ids: ArrayLike<number>, where: MessageText): void {
		const { vocabSize } = this.options;
		for (let i = 0; i < ids.length; i++)
			if (ids[i] < 0 || ids[i] >= vocabSize)
				throw new TabTuneError("data", {
					what: dataMessage("tokenOutside", { token: ids[i], size: vocabSize }),
					where,
					next: dataMessage("tokenOutside.next"),
				});
	}

	private encoded(row: Row, where: MessageText): EncodedRow {
		const { assistant_only_loss } = this.options.settings;
		if (row.kind === "ids") return this.given(row, where);
		if (row.kind === "text") {
			this.warnAssistantOnly(where);
			const ids = this.withSpecial(this.ended(row.text, where));
			this.warnDoubledBos(ids, where);
			return labelled(ids, () => true);
		}
		if (row.kind === "prompt-completion") {
			this.warnAssistantOnly(where);
			const promptIds = this.withSpecial(row.prompt);
			const ids = this.withSpecial(this.ended(row.prompt + row.completion, where));
			this.warnDoubledBos(ids, where);
			return this.completion(promptIds, ids, () => true, where);
		}
		const chat = this.chat(where);
		const { chat_template_kwargs } = this.options.settings;
		// The row's own variables override those of the run.
		const variables = copySpelling(row.variables ?? {}, { ...chat_template_kwargs, ...row.variables });
		const context = { tools: row.tools, where, variables };
		const messages = row.kind === "messages" ? row.messages : [...row.prompt, ...row.completion];
		this.noteDroppedTurns(messages, context);
		if (this.options.template !== null) noteUnread(this.options.template, messages, context, this.warnings);
		let isAssistant: (token: number) => boolean = () => true;
		let ids: number[];
		if (assistant_only_loss) {
			const marked = chat.encodeAssistant(messages, context);
			if (marked.rewritten) {
				this.warnings.add("rewritten", where, (rows) => dataMessage("rewrittenAnswers", { rows }));
			}
			ids = marked.ids;
			isAssistant = (token) => marked.assistant[token];
		} else ids = chat.encode(messages, context);
		this.warnDoubledBos(ids, where);
		isAssistant = this.withTurnWeights(isAssistant, messages, context);
		const encoded =
			row.kind === "messages"
				? labelled(ids, isAssistant)
				: this.completion(chat.encode(row.prompt, context, true), ids, isAssistant, where);
		if (!messages.some((turn) => trainsTurn(turn) === false)) this.warnTurnEnd(chat, encoded, where);
		return encoded;
	}

	/** Warns about a conversation whose labels have no token that ends an answer. */
	private warnTurnEnd({ turnEnd }: ConversationEncoder, { labels }: EncodedRow, where: MessageText): void {
		if (turnEnd === null) this.warnings.add("turn-end", where, (rows) => dataMessage("noTurnEnd", { rows }));
		else if (!labels.includes(turnEnd.id) && labels.some((label) => label !== IGNORED))
			this.warnings.add("turn-end-masked", where, (rows) =>
				dataMessage("turnEndMasked", { rows, token: JSON.stringify(turnEnd.text) }),
			);
	}

	/** Warns about a text that begins with BOS, to which the tokenizer or the template adds another. */
	warnDoubledBos(ids: ArrayLike<number>, where: MessageText): void {
		const { tokenizer } = this.options;
		const bos = tokenizer?.bosId ?? null;
		if (bos === null || ids[0] !== bos || ids[1] !== bos) return;
		const token = JSON.stringify(tokenizer?.special.bos_token);
		this.warnings.add("bos", where, (rows) => dataMessage("doubledBos", { rows, token }));
	}

	/** Encodes both answers of a preference row without truncation. @throws TabTuneError naming `where`. */
	async encodePair(row: PreferenceRow, where: MessageText): Promise<EncodedPair> {
		const { encodePair } = await import("./preferences.ts");
		const answers = this.wholeAnswers();
		const { variables } = row;
		return encodePair(row, where, (one) =>
			answers.encode(one.kind === "chat-completion" ? { ...one, variables } : one, where),
		);
	}

	/** Encodes a rated row, whose answer is trained whole. @throws TabTuneError naming `where`. */
	encodeAnswer(row: Row, where: MessageText): EncodedRow {
		return this.wholeAnswers().encode(row, where);
	}

	private wholeAnswers(): RowEncoder {
		const settings = { ...this.options.settings, completion_only_loss: true, assistant_only_loss: false };
		this.answers ??= new RowEncoder({ ...this.options, settings }, this.warnings);
		return this.answers;
	}

	/** The tokens that are trained when turns say so themselves. */
	private withTurnWeights(
		isTrained: (token: number) => boolean,
		messages: readonly Message[],
		context: Context,
	): (token: number) => boolean {
		const says = messages.map(trainsTurn);
		const tokensOf = (value: boolean) =>
			says.includes(value)
				? this.chat(context.where).flagTurns(messages, (turn) => says[turn] === value, context)
				: null;
		const [masked, added] = [tokensOf(false), tokensOf(true)];
		return (token) => (isTrained(token) || added?.[token] === true) && masked?.[token] !== true;
	}

	/** A role that the template does not know vanishes with what it says: refused if it is none of the usual ones, else a warning. */
	private noteDroppedTurns(messages: readonly Message[], context: Context): void {
		const turn = this.chat(context.where).droppedTurn(messages, context);
		if (turn === null) return;
		const { role } = messages[turn];
		if (["system", "user", "assistant", "tool"].includes(role)) {
			this.warnings.add(`dropped ${role}`, context.where, (rows) => rowsMessage("droppedTurns", { role, rows }));
			return;
		}
		throw new TabTuneError("data", {
			what: rowsMessage("droppedRole", { turn: `messages[${turn}]`, role }),
			where: context.where,
			next: rowsMessage("droppedRole.next"),
		});
	}

	/** Masks the prompt. Training starts where the ids of prompt and full row diverge, which may be before the prompt's end. */
	private completion(
		promptIds: readonly number[],
		ids: readonly number[],
		isAssistant: (token: number) => boolean,
		where: MessageText,
	): EncodedRow {
		const start = commonPrefix(promptIds, ids);
		if (start < promptIds.length) {
			const rest = this.tokenizer.decode(promptIds.slice(start), { skipSpecialTokens: false });
			this.warnings.add("prefix", where, (rows) => dataMessage("promptPrefix", { rows, rest: JSON.stringify(rest) }));
		}
		const { completion_only_loss } = this.options.settings;
		return labelled(ids, (token) => isAssistant(token) && (token >= start || !completion_only_loss));
	}

	private given(row: Extract<Row, { kind: "ids" }>, where: MessageText): EncodedRow {
		const { settings } = this.options;
		const { input_ids, labels, completion_mask } = row;
		this.checkTokens(input_ids, where);
		this.checkTokens(
			(labels ?? []).filter((label) => label !== IGNORED),
			where,
		);
		this.warnDoubledBos(input_ids, where);
		const isTrained = (at: number) => !settings.completion_only_loss || completion_mask?.[at] !== 0;
		return {
			input_ids: Int32Array.from(input_ids),
			labels: Int32Array.from(labels ?? input_ids, (label, at) => (isTrained(at) ? label : IGNORED)),
		};
	}

	/** Appends EOS to the text unless it already ends with EOS. */
	private ended(text: string, where: MessageText): string {
		const eos = this.tokenizer.special.eos_token;
		if (eos === undefined) {
			this.warnings.add("eos", where, () => dataMessage("noEos"));
			return text;
		}
		return text.endsWith(eos) ? text : text + eos;
	}

	private withSpecial(text: string): number[] {
		return this.tokenizer.encode(text, { addSpecialTokens: true });
	}

	private warnAssistantOnly(where: MessageText): void {
		if (!this.options.settings.assistant_only_loss) return;
		this.warnings.add("assistant-only", where, (rows) => dataMessage("assistantOnly", { rows }));
	}

	private chat(where: MessageText): ConversationEncoder {
		if (this.conversations !== null) return this.conversations;
		throw new TabTuneError("tokenizer", {
			what: dataMessage("noTemplate"),
			where,
			next: dataMessage("noTemplate.next"),
		});
	}
}

/** The row with no token trained: a row of weight 0. */
export const untrained = ({ input_ids, labels }: EncodedRow): EncodedRow => ({
	input_ids,
	labels: labels.map(() => IGNORED),
});

function labelled(ids: readonly number[], trained: (token: number) => boolean): EncodedRow {
	return {
		input_ids: Int32Array.from(ids),
		labels: Int32Array.from(ids, (id, token) => (trained(token) ? id : IGNORED)),
	};
}
