// The text processor of a model: its tokenizer, chat template and stop tokens, read from its folder on first use. Training on rows
// of token ids does not need it.

import { TabTuneError } from "../../shared/errors.ts";
import type { JsonObject } from "../../shared/json.ts";
import { trainMessage } from "../../shared/messages/index.ts";
import { ChatTemplate } from "../data/chat-template.ts";
import { ConversationEncoder } from "../data/conversation.ts";
import { Tokenizer } from "../data/tokenizer.ts";
import { hasTokenizer, type ModelFolder, readModelTexts } from "../formats/index.ts";
import type { ModelConfig } from "../models/model-config.ts";

export interface TextProcessor {
	readonly tokenizer: Tokenizer;
	/** Null for a model without a chat template. */
	readonly template: ChatTemplate | null;
	/** Ids that end an answer. */
	readonly eos: readonly number[];
}

/**
 * Reads tokenizer.json, its configuration and the chat template.
 * @throws TabTuneError "tokenizer" if one is missing or invalid.
 */
export async function openTextProcessor(folder: ModelFolder, config: ModelConfig): Promise<TextProcessor> {
	const { tokenizer, template } = await readTextProcessor(folder);
	// The trained end-of-turn token must end an answer, even if the tokenizer's EOS is another token.
	const turnEnd = template === null ? null : new ConversationEncoder(template, tokenizer).turnEnd;
	return {
		tokenizer,
		template,
		eos: [...new Set([...config.eos_token_ids, ...tokenizer.stopIds, ...(turnEnd === null ? [] : [turnEnd.id])])],
	};
}

/** The tokenizer and the chat template of a folder that may have no model. @throws TabTuneError "tokenizer" if it has no tokenizer */
export async function readTextProcessor(folder: ModelFolder): Promise<Omit<TextProcessor, "eos">> {
	const texts = await readModelTexts(folder);
	return { tokenizer: Tokenizer.load(texts), template: ChatTemplate.load(texts) };
}

/** As `openTextProcessor`, or null for a folder without a tokenizer. */
export async function openTextProcessorIfAny(folder: ModelFolder, config: ModelConfig): Promise<TextProcessor | null> {
	return (await hasTokenizer(folder)) ? openTextProcessor(folder, config) : null;
}

/** @throws TabTuneError "usage" for an id that the model has no row for */
export function requireRows(ids: readonly number[], { vocab_size }: Pick<ModelConfig, "vocab_size">): void {
	const id = ids.find((one) => one >= vocab_size);
	if (id === undefined) return;
	throw new TabTuneError("usage", {
		what: trainMessage("tokenOutside", { id, size: vocab_size }),
		where: "prompt",
		next: trainMessage("tokenOutside.next"),
	});
}

/** Tokenises text with the model's tokenizer, which is read at the first call. */
export function textEncoder({ folder, config }: { readonly folder: ModelFolder; readonly config: ModelConfig }) {
	return async (text: string): Promise<number[]> =>
		(await openTextProcessor(folder, config)).tokenizer.encode(text, { addSpecialTokens: true });
}

/** Tokenises a prompt: a string becomes a user turn if there is a chat template, unless `raw`. */
export function promptIds(
	{ tokenizer, template }: TextProcessor,
	prompt: string | readonly { readonly role: string; readonly content: string }[],
	{
		raw = false,
		chat_template_kwargs: variables,
	}: { readonly raw?: boolean; readonly chat_template_kwargs?: JsonObject } = {},
): number[] {
	if (typeof prompt === "string" && (raw || template === null))
		return tokenizer.encode(prompt, { addSpecialTokens: true });
	if (template === null)
		throw new TabTuneError("tokenizer", {
			what: trainMessage("noTemplate"),
			where: "messages",
			next: trainMessage("noTemplate.next"),
		});
	const messages =
		typeof prompt === "string"
			? [{ role: "user", content: prompt }]
			: prompt.map(({ role, content }) => ({ role, content }));
	return template.encode(messages, tokenizer, { add_generation_prompt: true, variables });
}
