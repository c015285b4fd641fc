// Encodes rows with a chosen and a rejected answer as pairs of rows, following TRL (DPOTrainer._prepare_dataset and
// data_utils.extract_prompt, trl 1.16). Imported on demand, at the first such row.

import { TabTuneError } from "../../shared/errors.ts";
import type { JsonObject } from "../../shared/json.ts";
import { dataMessage } from "../../shared/messages/data.en.ts";
import type { Message as ErrorMessage, MessageText } from "../../shared/messages/message.ts";
import type { Message } from "./chat-template.ts";
import { kindOf } from "./json.ts";
import { readMessages } from "./messages.ts";
import { type EncodedRow, IGNORED } from "./row-store.ts";
import type { CompletionRow, PreferenceRow, Row } from "./rows.ts";

/** A prompt with each of the answers; training starts at the same token in both rows. */
export interface EncodedPair {
	readonly chosen: EncodedRow;
	readonly rejected: EncodedRow;
	/** The prompt, for samples. */
	readonly prompt: string;
}

/**
 * Encodes both rows without truncation.
 * @param encode encodes a row with one answer and trains the answer
 * @throws TabTuneError "data" naming `where`
 */
export function encodePair(
	{ value, tools }: PreferenceRow,
	where: MessageText,
	encode: (row: Row) => EncodedRow,
): EncodedPair {
	if (value.prompt_ids !== undefined) return givenPair(value, where, encode);
	const { chosen, rejected } = readPair(value, tools, where);
	const encoded = { chosen: encode(chosen), rejected: encode(rejected) };
	// The answers start at the first token where either row differs from the prompt.
	const start = Math.min(...Object.values(encoded).map(firstTrained));
	return {
		chosen: trainedFrom(encoded.chosen, start),
		rejected: trainedFrom(encoded.rejected, start),
		prompt: questionOf(chosen),
	};
}

/** Tokenised rows in DPOTrainer's format. */
function givenPair(value: JsonObject, where: MessageText, encode: (row: Row) => EncodedRow): EncodedPair {
	const ids = (name: string): readonly number[] => {
		const list = value[name];
		if (Array.isArray(list) && list.every((id) => Number.isInteger(id))) return list;
		throw wrong(dataMessage("wholeNumbers", { name }), where, dataMessage("row.next"));
	};
	const prompt = ids("prompt_ids");
	const row = (answer: readonly number[]) =>
		trainedFrom(encode({ kind: "ids", input_ids: [...prompt, ...answer], labels: null }), prompt.length);
	return { chosen: row(ids("chosen_ids")), rejected: row(ids("rejected_ids")), prompt: "" };
}

const firstTrained = ({ labels }: EncodedRow): number => {
	const first = labels.findIndex((label) => label !== IGNORED);
	return first < 0 ? labels.length : first;
};

const trainedFrom = ({ input_ids }: EncodedRow, start: number): EncodedRow => ({
	input_ids,
	labels: input_ids.map((id, token) => (token < start ? IGNORED : id)),
});

/** The two answers as rows with a completion. A missing prompt is their common prefix. */
function readPair(
	value: JsonObject,
	tools: readonly unknown[] | undefined,
	where: MessageText,
): { chosen: CompletionRow; rejected: CompletionRow } {
	const { chosen, rejected } = value;
	if (Array.isArray(chosen) && Array.isArray(rejected)) {
		const turns = {
			chosen: readMessages(chosen, "chosen", where),
			rejected: readMessages(rejected, "rejected", where),
		};
		const asked = promptTurns(value, turns, where);
		const row = (completion: readonly Message[]): CompletionRow => {
			if (completion.length > 0) return { kind: "chat-completion", prompt: asked.prompt, completion, tools };
			throw same(where);
		};
		return { chosen: row(asked.chosen), rejected: row(asked.rejected) };
	}
	if (typeof chosen !== "string" || typeof rejected !== "string")
		throw wrong(
			dataMessage("answerKinds", { chosen: kindOf(chosen), rejected: kindOf(rejected) }),
			where,
			dataMessage("oneKind.next"),
		);
	if (chosen === rejected) throw same(where);
	const given = value.prompt;
	if (given !== undefined && typeof given !== "string")
		throw wrong(dataMessage("promptKind", { kind: kindOf(given) }), where, dataMessage("promptKind.next"));
	const length = given === undefined ? sharedText(chosen, rejected) : 0;
	const prompt = given ?? chosen.slice(0, length);
	const row = (answer: string): CompletionRow => ({
		kind: "prompt-completion",
		prompt,
		completion: answer.slice(length),
	});
	return { chosen: row(chosen), rejected: row(rejected) };
}

/** The turns of the prompt and of each answer. A prompt that is a string is one user turn, unless the answers contain it. */
function promptTurns(
	value: JsonObject,
	{ chosen, rejected }: { chosen: readonly Message[]; rejected: readonly Message[] },
	where: MessageText,
): { prompt: readonly Message[]; chosen: readonly Message[]; rejected: readonly Message[] } {
	if (Array.isArray(value.prompt)) return { prompt: readMessages(value.prompt, "prompt", where), chosen, rejected };
	const shared = sharedTurns(chosen, rejected);
	if (shared > 0)
		return { prompt: chosen.slice(0, shared), chosen: chosen.slice(shared), rejected: rejected.slice(shared) };
	if (typeof value.prompt === "string" && value.prompt !== "")
		return { prompt: [{ role: "user", content: value.prompt }], chosen, rejected };
	throw wrong(dataMessage("noSharedTurn"), where, dataMessage("noSharedTurn.next"));
}

function sharedTurns(a: readonly Message[], b: readonly Message[]): number {
	let count = 0;
	while (count < a.length && count < b.length && JSON.stringify(a[count]) === JSON.stringify(b[count])) count++;
	return count;
}

/** Length of the common prefix of two texts; a space at its end belongs to the answers. */
function sharedText(a: string, b: string): number {
	let count = 0;
	while (count < a.length && count < b.length && a[count] === b[count]) count++;
	return a[count - 1] === " " ? count - 1 : count;
}

function questionOf(row: CompletionRow): string {
	if (row.kind === "prompt-completion") return row.prompt;
	return row.prompt.findLast(({ role }) => role === "user")?.content ?? "";
}

const same = (where: MessageText) => wrong(dataMessage("sameAnswers"), where, dataMessage("sameAnswers.next"));

function wrong(what: ErrorMessage, where: MessageText, next: ErrorMessage): TabTuneError {
	return new TabTuneError("data", { what, where, next });
}
