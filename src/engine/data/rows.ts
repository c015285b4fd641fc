// Normalises raw rows: the row formats of TRL, LLaMA-Factory and others become a few kinds. A new format needs a case in
// `normaliseRow` and an entry in SHAPES and DATA_SHAPES (src/shared/data-shapes.ts).

import { isObject } from "../../shared/json.ts";
import { dataMessage, rowsMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import { ANSWERS, askedOf, askedText, askedTurns } from "./alpaca.ts";
import { Fields } from "./fields.ts";
import { completionIdsRow, idsRow } from "./given-ids.ts";
import { kindOf } from "./json.ts";
import { readMessages } from "./messages.ts";
import { isTrained, ratingOf } from "./ratings.ts";
import { rowError, structureOf, systemOf, templateInputs, textOf, withSystem } from "./row-fields.ts";
import type { PreferenceRow, Row, RowContext } from "./row-kinds.ts";
import { readPair } from "./row-pairs.ts";
import { unknownShape } from "./unknown-shape.ts";

/** The format of a row, as in `DataInfo.kind`. */
export type RowShape = "input_ids" | "text" | "prompt-completion" | "messages" | "alpaca" | "sharegpt" | "preference";

export interface ShapedRow {
	readonly shape: RowShape;
	readonly row: Row | PreferenceRow;
	/** Whether the answer is rated as good; missing if it has no rating. */
	readonly rating?: boolean;
	/** False for a row of weight 0. */
	readonly trained: boolean;
	/** Names of the fields that were not read. */
	readonly unused: readonly string[];
}

/** The fields of each shape, each with its other names, in the order in which they are looked for. */
const SHAPES: readonly { readonly shape: RowShape; readonly fields: readonly (readonly string[])[] }[] = [
	{ shape: "preference", fields: [["prompt_ids"], ["chosen_ids"], ["rejected_ids"]] },
	{ shape: "input_ids", fields: [["prompt_ids"], ["completion_ids"]] },
	{ shape: "input_ids", fields: [["input_ids"]] },
	{
		shape: "preference",
		fields: [
			["chosen", "preferred_output"],
			["rejected", "non_preferred_output"],
		],
	},
	{ shape: "messages", fields: [["messages"]] },
	{ shape: "sharegpt", fields: [["conversations"]] },
	{ shape: "prompt-completion", fields: [["prompt"], ["completion"]] },
	{ shape: "alpaca", fields: [["instruction"], ANSWERS] },
	{ shape: "text", fields: [["text"]] },
];

/**
 * Normalises a row. Alpaca rows become prompt and completion, so that only the answer is trained unless
 * `completion_only_loss` is false: as chat turns if the model has a chat template, else with the prompt of the Stanford
 * Alpaca repository. ShareGPT rows become messages (human → user, gpt → assistant).
 * @throws TabTuneError "data" naming the invalid field.
 */
export function normaliseRow(value: unknown, where: MessageText, context: RowContext): ShapedRow {
	if (typeof value === "string")
		return { shape: "text", row: { kind: "text", text: value }, trained: true, unused: [] };
	if (!isObject(value)) throw rowError(dataMessage("rowKind", { kind: kindOf(value) }), where);
	const fields = new Fields(value);
	const found = shapeOf(fields);
	if (found === null)
		throw unknownShape(
			fields.names.filter((name) => fields.has(name)),
			where,
		);
	const row = readRow(found, fields, where, context);
	const rating = row.kind === "preference" || !canBeRated(found) ? undefined : ratingOf(fields, where);
	if (rating !== undefined) {
		const answer = ratedRow(row as Row, where);
		return { shape: found.shape, row: answer, rating, trained: isTrained(fields, where), unused: fields.unused };
	}
	return { shape: found.shape, row, trained: isTrained(fields, where), unused: fields.unused };
}

interface FoundShape {
	readonly shape: RowShape;
	/** The names that the row uses for the fields of the shape. */
	readonly names: readonly string[];
}

/** The first shape whose fields all have content; else the one of which the row has the most. */
function shapeOf(fields: Fields): FoundShape | null {
	let best: (FoundShape & { score: number }) | null = null;
	for (const { shape, fields: needed } of SHAPES) {
		const names = needed.map(
			(names) =>
				fields.first(names) ?? names.find((name) => fields.has(name)) ?? names.find((name) => fields.named(name)),
		);
		if (!names.every((name) => name !== undefined)) continue;
		const filled = names.filter((name) => fields.filled(name)).length;
		if (filled === names.length) return { shape, names };
		// Fields with a value count more than fields that the row only names.
		const score = filled * 100 + names.filter((name) => fields.has(name)).length;
		if (score > (best?.score ?? -1)) best = { shape, names, score };
	}
	return best;
}

function readRow(
	{ shape, names }: FoundShape,
	fields: Fields,
	where: MessageText,
	{ template }: RowContext,
): Row | PreferenceRow {
	if (shape === "input_ids") return names.length === 2 ? completionIdsRow(fields, where) : idsRow(fields, where);
	if (shape === "text") return { kind: "text", text: textOf(fields, "text", where) };
	if (shape === "preference") return readPair(fields, names, where, template);
	if (shape === "messages" || shape === "sharegpt") {
		const [name] = names;
		const messages = readMessages(structureOf(fields, name, where), name, where, template);
		return { kind: "messages", messages: withSystem(fields, messages, where), ...templateInputs(fields, where) };
	}
	if (shape === "prompt-completion") return completionRow(fields, where, template);
	const asked = askedOf(fields, names[0], where);
	const answer = textOf(fields, names[1], where);
	if (template === null) return { kind: "prompt-completion", prompt: askedText(asked), completion: answer };
	return {
		kind: "chat-completion",
		prompt: askedTurns(asked),
		completion: [{ role: "assistant", content: answer }],
		...templateInputs(fields, where),
	};
}

/** The shapes with one answer that a label can rate; a label of other rows is a field that is not used. */
const canBeRated = ({ shape, names }: FoundShape): boolean =>
	shape === "input_ids" ? names.length === 2 : shape !== "text" && shape !== "preference";

/** A rated row with its answer apart from the prompt: of a conversation, the last turn. */
function ratedRow(row: Row, where: MessageText): Row {
	if (row.kind !== "messages") return row;
	const { messages, kind: _kind, ...inputs } = row;
	if (messages.length < 2 || messages.at(-1)?.role !== "assistant")
		throw rowError(rowsMessage("ratedTurn"), where, rowsMessage("ratedTurn.next"));
	return { kind: "chat-completion", prompt: messages.slice(0, -1), completion: messages.slice(-1), ...inputs };
}

function completionRow(fields: Fields, where: MessageText, template: RowContext["template"]): Row {
	const [prompt, completion] = [fields.take("prompt"), fields.take("completion")];
	if (Array.isArray(prompt) !== Array.isArray(completion))
		throw rowError(
			dataMessage("pairKinds", { prompt: kindOf(prompt), completion: kindOf(completion) }),
			where,
			dataMessage("oneKind.next"),
		);
	if (!Array.isArray(prompt)) {
		const asked = textOf(fields, "prompt", where);
		const system = systemOf(fields, where);
		return {
			kind: "prompt-completion",
			prompt: system === "" ? asked : `${system}\n\n${asked}`,
			completion: textOf(fields, "completion", where),
		};
	}
	return {
		kind: "chat-completion",
		prompt: withSystem(fields, readMessages(prompt, "prompt", where, template), where),
		completion: readMessages(completion, "completion", where, template),
		...templateInputs(fields, where),
	};
}
