// Encodes a plain text file: it is tokenised in blocks whose tokens join to those of the whole text, and split into rows.

import { dataMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import { LARGEST_TEXT, textPieces } from "./bytes.ts";
import { commonPrefix } from "./conversation.ts";
import type { EncodeOptions, RowEncoder } from "./encode.ts";
import type { DataFile } from "./files.ts";
import type { EncodedRow } from "./row-store.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Characters per call of the tokenizer, because some tokenizers take superlinear time. */
const TEXT_BLOCK = 1 << 16;
/** Characters of context on either side of a cut. */
const WINDOW = 100;

/** Splits a text into rows of max_length tokens. It is tokenised in blocks that end at line breaks. */
export async function* textRows(
	file: DataFile,
	encoder: RowEncoder,
	{ settings }: EncodeOptions,
): AsyncGenerator<{ row: EncodedRow; text: string; where: MessageText }> {
	let ids: number[] = [];
	let first = true;
	let count = 0;
	let head = "";
	const rowsOf = function* (all: boolean) {
		const { max_length } = settings;
		let start = 0;
		// A row with a single token at the end would have nothing to predict.
		while (ids.length - start >= max_length || (all && ids.length - start > (count === 0 ? 0 : 1))) {
			const input_ids = Int32Array.from(ids.slice(start, start + max_length));
			start += max_length;
			const where = dataMessage("atPart", { file: file.name, part: ++count });
			encoder.checkTokens(input_ids, where);
			yield { row: { input_ids, labels: input_ids }, text: head, where };
		}
		ids = ids.slice(start);
	};
	for await (const { block, context } of textBlocks(file, encoder.tokenizer)) {
		const own = blockIds(encoder.tokenizer, block, context);
		if (first) {
			head = block.slice(0, 400);
			encoder.warnDoubledBos(own, file.name);
		}
		ids = ids.concat(own);
		first = false;
		yield* rowsOf(false);
	}
	if (first) return;
	const { eosId } = encoder.tokenizer;
	if (eosId !== null) ids.push(eosId);
	yield* rowsOf(true);
}

interface TextBlock {
	readonly block: string;
	/** The text before it; "" for the first block. */
	readonly context: string;
}

async function* textBlocks(file: DataFile, tokenizer: Tokenizer): AsyncGenerator<TextBlock> {
	let kept = "";
	let context = "";
	for await (const piece of textPieces(file, LARGEST_TEXT)) {
		kept += piece;
		while (kept.length > TEXT_BLOCK + WINDOW) {
			const cut = blockEnd(kept, tokenizer);
			yield { block: kept.slice(0, cut), context };
			context = kept.slice(windowStart(kept, cut), cut);
			kept = kept.slice(cut);
		}
	}
	if (context !== "" ? kept !== "" : kept.trim() !== "") yield { block: kept, context };
}

/** The ids of a block as those of the whole text: it is tokenised after its context, whose ids are then dropped. */
function blockIds(tokenizer: Tokenizer, block: string, context: string): number[] {
	if (context === "") return tokenizer.encode(block, { addSpecialTokens: true });
	const before = tokenizer.encode(context, { addSpecialTokens: false });
	return tokenizer.encode(context + block, { addSpecialTokens: false }).slice(before.length);
}

/** Likely token boundaries, the likeliest first: a letter before a line break, a space, punctuation, anything. */
const BOUNDARIES = [/\p{L}(?=\r?\n)/gu, /\p{L}(?= )/gu, /\p{L}(?=\p{P})/gu, /\p{P}(?=\p{L})/gu, /\P{M}/gu];
/** Places tried for each. */
const MOST_TRIED = 20;

/** The last position before TEXT_BLOCK that is a token boundary. */
function blockEnd(text: string, tokenizer: Tokenizer): number {
	const block = text.slice(0, TEXT_BLOCK);
	for (const boundary of BOUNDARIES) {
		const places = [...block.matchAll(boundary)].slice(-MOST_TRIED).reverse();
		for (const { index, 0: match } of places)
			if (index > 0 && isBoundary(text, index + match.length, tokenizer)) return index + match.length;
	}
	const last = block.charCodeAt(block.length - 1);
	return last >= 0xd800 && last < 0xdc00 ? block.length - 1 : block.length;
}

/** Whether no token of the text around `cut` spans it. */
function isBoundary(text: string, cut: number, tokenizer: Tokenizer): boolean {
	const start = windowStart(text, cut);
	const ids = (end: number) => tokenizer.encode(text.slice(start, end), { addSpecialTokens: false });
	const before = ids(cut);
	return commonPrefix(before, ids(cut + WINDOW)) === before.length;
}

/** The start of the context of a cut, which does not split a character. */
function windowStart(text: string, cut: number): number {
	const start = Math.max(0, cut - WINDOW);
	const unit = text.charCodeAt(start);
	return unit >= 0xdc00 && unit < 0xe000 ? start + 1 : start;
}
