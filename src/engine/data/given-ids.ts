// Rows of token ids, with the labels or masks that TRL, transformers and others store beside them.

import { dataMessage, rowsMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import type { Fields } from "./fields.ts";
import { rowError, structureOf } from "./row-fields.ts";
import type { Row } from "./row-kinds.ts";
import { IGNORED } from "./row-store.ts";

/**
 * Reads a row as SFTTrainer._prepare_dataset does (trl 1.16): `labels` are used unchanged; without them assistant_masks
 * always applies, and completion_mask with completion_only_loss. Other trainers' loss_mask applies too. Padding, where
 * attention_mask is 0, is cut off.
 */
export function idsRow(fields: Fields, where: MessageText): Row {
	const input_ids = wholeNumbers(fields, "input_ids", where);
	const listOf = (name: string, read: typeof wholeNumbers): readonly number[] | null => {
		if (!fields.has(name)) return null;
		const list = read(fields, name, where);
		if (list.length === input_ids.length) return list;
		throw rowError(
			rowsMessage("maskCount", { ids: input_ids.length, count: list.length, name }),
			where,
			rowsMessage("maskCount.next"),
		);
	};
	const labels = listOf("labels", wholeNumbers);
	const lossMask = listOf("loss_mask", mask);
	const [assistant, completion] =
		labels === null ? [listOf("assistant_masks", mask), listOf("completion_mask", mask)] : [null, null];
	const attention = listOf("attention_mask", mask);
	checkPositions(listOf("position_ids", wholeNumbers), attention, where);
	const { start, end } = tokensIn(attention ?? input_ids.map(() => 1), where);
	const masks = [assistant, lossMask].filter((list) => list !== null);
	const trained =
		labels === null && masks.length === 0
			? null
			: input_ids.map((id, at) => (masks.every((list) => list[at] === 1) ? (labels?.[at] ?? id) : IGNORED));
	return {
		kind: "ids",
		input_ids: input_ids.slice(start, end),
		labels: trained?.slice(start, end) ?? null,
		...(completion === null ? {} : { completion_mask: completion.slice(start, end) }),
	};
}

/** A row as KTOTrainer prepares it: the prompt's ids and the answer's. */
export function completionIdsRow(fields: Fields, where: MessageText): Row {
	const [prompt, completion] = ["prompt_ids", "completion_ids"].map((name) => wholeNumbers(fields, name, where));
	const completion_mask = [...prompt.map(() => 0), ...completion.map(() => 1)];
	return { kind: "ids", input_ids: [...prompt, ...completion], labels: null, completion_mask };
}

export function wholeNumbers(fields: Fields, name: string, where: MessageText): readonly number[] {
	const list = structureOf(fields, name, where);
	if (Array.isArray(list) && list.every((id) => Number.isInteger(id))) return list;
	throw rowError(dataMessage("wholeNumbers", { name }), where);
}

function mask(fields: Fields, name: string, where: MessageText): readonly number[] {
	const list = structureOf(fields, name, where);
	if (Array.isArray(list) && list.every((bit) => [0, 1, true, false].includes(bit))) return list.map(Number);
	throw rowError(rowsMessage("maskValues", { name }), where);
}

/** The range of tokens that are not padding. */
function tokensIn(attention: readonly number[], where: MessageText): { start: number; end: number } {
	const start = attention.indexOf(1);
	if (start < 0) return { start: 0, end: 0 };
	const end = attention.lastIndexOf(1) + 1;
	if (attention.slice(start, end).includes(0))
		throw rowError(rowsMessage("attentionHole"), where, rowsMessage("attentionHole.next"));
	return { start, end };
}

/** Positions that restart mean several sequences in one row, which would see one another here. */
function checkPositions(
	positions: readonly number[] | null,
	attention: readonly number[] | null,
	where: MessageText,
): void {
	const used = positions?.filter((_, at) => attention?.[at] !== 0) ?? [];
	if (used.some((position, at) => position !== at))
		throw rowError(rowsMessage("positions"), where, rowsMessage("positions.next"));
}
