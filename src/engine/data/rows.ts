// Normalises raw rows: the row formats of TRL, LLaMA-Factory and others become a few kinds. A new format needs a case in
// `normaliseRow` and an entry in DATA_SHAPES (src/shared/data-shapes.ts).

import { closest, distance } from "fastest-levenshtein";
import { DATA_SHAPES } from "../../shared/data-shapes.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { dataMessage } from "../../shared/messages/data.en.ts";
import type { Message as ErrorMessage, MessageText } from "../../shared/messages/message.ts";
import type { Message } from "./chat-template.ts";
import { parseJson } from "./exact-json.ts";
import { kindOf } from "./json.ts";
import { readMessages, shareGptMessages } from "./messages.ts";

export type CompletionRow =
	| { readonly kind: "prompt-completion"; readonly prompt: string; readonly completion: string }
	| {
			readonly kind: "chat-completion";
			readonly prompt: readonly Message[];
			readonly completion: readonly Message[];
			readonly tools?: readonly unknown[];
			readonly variables?: JsonObject;
	  };

export type Row =
	| { readonly kind: "ids"; readonly input_ids: readonly number[]; readonly labels: readonly number[] | null }
	| { readonly kind: "text"; readonly text: string }
	| CompletionRow
	| {
			readonly kind: "messages";
			readonly messages: readonly Message[];
			readonly tools?: readonly unknown[];
			/** The row's chat_template_kwargs. */
			readonly variables?: JsonObject;
	  };

/** A chosen and a rejected answer, not parsed yet (see preferences.ts). */
export interface PreferenceRow {
	readonly kind: "preference";
	readonly value: JsonObject;
	readonly tools?: readonly unknown[];
	readonly variables?: JsonObject;
}

/** The format of a row, as in `DataInfo.kind`. */
export type RowShape = "input_ids" | "text" | "prompt-completion" | "messages" | "alpaca" | "sharegpt" | "preference";

export interface ShapedRow {
	readonly shape: RowShape;
	readonly row: Row | PreferenceRow;
}

/** The fields of the formats, for error messages. */
const KNOWN = DATA_SHAPES.map(({ fields }) => fields).filter((fields) => !fields.includes("prompt_ids"));

/**
 * Normalises a row. Alpaca rows become prompt and completion, so that only the answer is trained unless
 * `completion_only_loss` is false: as chat turns if the model has a chat template, else with the prompt of the Stanford
 * Alpaca repository. ShareGPT rows become messages (human → user, gpt → assistant).
 * @throws TabTuneError "data" naming the invalid field, "not-yet" for rated answers.
 */
export function normaliseRow(value: unknown, where: MessageText, options: { hasChatTemplate: boolean }): ShapedRow {
	const shaped = shapeRow(value, where, options);
	const { row } = shaped;
	const variables = isObject(value) ? templateKwargs(value.chat_template_kwargs, where) : undefined;
	if (
		variables === undefined ||
		!(row.kind === "messages" || row.kind === "chat-completion" || row.kind === "preference")
	)
		return shaped;
	return { ...shaped, row: { ...row, variables } };
}

/** The template variables of a row, as in TRL: an object, or a string with its JSON. */
function templateKwargs(value: unknown, where: MessageText): JsonObject | undefined {
	if (value === undefined || value === null || value === "") return undefined;
	let kwargs: unknown = value;
	try {
		if (typeof value === "string") kwargs = parseJson(value);
	} catch {
		// The error below names the field.
	}
	if (isObject(kwargs)) return kwargs;
	throw wrong(dataMessage("templateKwargs"), where);
}

function shapeRow(value: unknown, where: MessageText, { hasChatTemplate }: { hasChatTemplate: boolean }): ShapedRow {
	if (typeof value === "string") return { shape: "text", row: { kind: "text", text: value } };
	if (!isObject(value)) throw wrong(dataMessage("rowKind", { kind: kindOf(value) }), where);
	const has = (...names: string[]) => names.every((name) => value[name] !== undefined);
	if (has("prompt_ids", "chosen_ids", "rejected_ids"))
		return { shape: "preference", row: { kind: "preference", value } };
	if (has("input_ids")) return { shape: "input_ids", row: idsRow(value, where) };
	refuseRatings(value, where);
	const tools = toolsOf(value.tools, where);
	if (has("chosen", "rejected")) return { shape: "preference", row: { kind: "preference", value, tools } };
	if (has("messages"))
		return {
			shape: "messages",
			row: { kind: "messages", messages: readMessages(value.messages, "messages", where), tools },
		};
	if (has("conversations"))
		return { shape: "sharegpt", row: { kind: "messages", messages: shareGptMessages(value, where), tools } };
	if (has("prompt", "completion")) return { shape: "prompt-completion", row: completionRow(value, tools, where) };
	if (has("instruction", "output"))
		return { shape: "alpaca", row: hasChatTemplate ? alpacaTurns(value, where) : alpacaText(value, where) };
	if (has("text")) return { shape: "text", row: { kind: "text", text: textOf(value, "text", where) } };
	throw unknownShape(value, where);
}

function idsRow(value: JsonObject, where: MessageText): Row {
	const numbers = (name: string): readonly number[] => {
		const list = value[name];
		if (Array.isArray(list) && list.every((id) => Number.isInteger(id))) return list;
		throw wrong(dataMessage("wholeNumbers", { name }), where);
	};
	const input_ids = numbers("input_ids");
	const labels = value.labels === undefined || value.labels === null ? null : numbers("labels");
	if (labels !== null && labels.length !== input_ids.length)
		throw wrong(
			dataMessage("labelCount", { ids: input_ids.length, labels: labels.length }),
			where,
			dataMessage("labelCount.next"),
		);
	return { kind: "ids", input_ids, labels };
}

function refuseRatings(value: JsonObject, where: MessageText): void {
	if (value.completion === undefined || typeof value.label !== "boolean") return;
	throw new TabTuneError("not-yet", {
		what: dataMessage("kto"),
		where,
		next: dataMessage("kto.next"),
	});
}

function completionRow(value: JsonObject, tools: readonly unknown[] | undefined, where: MessageText): Row {
	const { prompt, completion } = value;
	if (Array.isArray(prompt) !== Array.isArray(completion))
		throw wrong(
			dataMessage("pairKinds", { prompt: kindOf(prompt), completion: kindOf(completion) }),
			where,
			dataMessage("oneKind.next"),
		);
	if (!Array.isArray(prompt))
		return {
			kind: "prompt-completion",
			prompt: textOf(value, "prompt", where),
			completion: textOf(value, "completion", where),
		};
	return {
		kind: "chat-completion",
		prompt: readMessages(prompt, "prompt", where),
		completion: readMessages(completion, "completion", where),
		tools,
	};
}

/** LLaMA-Factory's `history`: earlier [question, answer] pairs. */
function alpacaTurns(value: JsonObject, where: MessageText): Row {
	const prompt: Message[] = [];
	if (typeof value.system === "string" && value.system !== "") prompt.push({ role: "system", content: value.system });
	const history = value.history ?? [];
	if (!Array.isArray(history)) throw wrong(dataMessage("history"), where);
	for (const pair of history) {
		if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((part) => typeof part === "string"))
			throw wrong(dataMessage("history"), where);
		prompt.push({ role: "user", content: pair[0] }, { role: "assistant", content: pair[1] });
	}
	const input = inputOf(value, where);
	const instruction = textOf(value, "instruction", where);
	prompt.push({ role: "user", content: input === "" ? instruction : `${instruction}\n${input}` });
	return {
		kind: "chat-completion",
		prompt,
		completion: [{ role: "assistant", content: textOf(value, "output", where) }],
	};
}

/** The prompts of github.com/tatsu-lab/stanford_alpaca (train.py, PROMPT_DICT). */
function alpacaText(value: JsonObject, where: MessageText): Row {
	const instruction = textOf(value, "instruction", where);
	const input = inputOf(value, where);
	const prompt =
		input === ""
			? `Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n${instruction}\n\n### Response:\n`
			: `Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:\n`;
	return { kind: "prompt-completion", prompt, completion: textOf(value, "output", where) };
}

function inputOf(value: JsonObject, where: MessageText): string {
	return value.input === undefined || value.input === null ? "" : textOf(value, "input", where);
}

function textOf(value: JsonObject, name: string, where: MessageText): string {
	const text = value[name];
	if (typeof text === "string") return text;
	throw wrong(dataMessage("notString", { name, kind: kindOf(text) }), where);
}

/** A list, or a string with the JSON of a list, as in some data sets on the Hub. */
function toolsOf(tools: unknown, where: MessageText): readonly unknown[] | undefined {
	if (tools === undefined || tools === null || tools === "") return undefined;
	let list: unknown = tools;
	if (typeof tools === "string") {
		try {
			list = parseJson(tools);
		} catch {
			throw wrong(dataMessage("toolsNotJson"), where);
		}
	}
	if (!Array.isArray(list)) throw wrong(dataMessage("toolsList"), where);
	return list.length === 0 ? undefined : list;
}

function unknownShape(value: JsonObject, where: MessageText): TabTuneError {
	const found = Object.keys(value);
	const fields = KNOWN.flat();
	// The known format that shares the most fields, or whose field names have the most similar spelling.
	const [nearest] = KNOWN.map((shape) => {
		const shared = shape.filter((name) => found.includes(name)).length;
		const misspelt =
			shape.length === 0 || found.length === 0
				? 99
				: Math.min(...shape.flatMap((name) => found.map((other) => distance(name, other.toLowerCase()))));
		return { shape, score: shared * 100 - misspelt };
	}).sort((a, b) => b.score - a.score);
	const typo = found
		.map((name) => ({ name, meant: closest(name.toLowerCase(), fields) }))
		.find(({ name, meant }) => name !== meant && distance(name.toLowerCase(), meant) <= 2);
	const next =
		typo !== undefined
			? dataMessage("rename", { name: JSON.stringify(typo.name), meant: JSON.stringify(typo.meant) })
			: found.length === 2
				? dataMessage("renamePair")
				: dataMessage("nearestRow", {
						nearest: nearest.shape.map((name) => `"${name}"`).join(" with "),
						others: KNOWN.filter((shape) => shape !== nearest.shape)
							.map((shape) => shape.join(" + "))
							.join(", "),
					});
	return wrong(
		dataMessage("unknownFields", {
			fields: found.length === 0 ? dataMessage("noFields") : found.map((name) => JSON.stringify(name)).join(", "),
		}),
		where,
		next,
	);
}

function wrong(what: ErrorMessage, where: MessageText, next = dataMessage("row.next")): TabTuneError {
	return new TabTuneError("data", { what, where, next });
}
