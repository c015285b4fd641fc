// Encodes rows with a chosen and a rejected answer as pairs of rows, following TRL (DPOTrainer._prepare_dataset and
// data_utils.extract_prompt, trl 1.16). Imported on demand, at the first such row.

import { dataMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import type { Message } from "./chat-template.ts";
import { kindOf } from "./json.ts";
import { readMessages } from "./messages.ts";
import { rowError } from "./row-fields.ts";
import type { CompletionRow, PreferenceRow, Row } from "./row-kinds.ts";
import { type EncodedRow, IGNORED } from "./row-store.ts";
import { trainsTurn, withoutWeight } from "./turn-weights.ts";

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
export function encodePair(pair: PreferenceRow, where: MessageText, encode: (row: Row) => EncodedRow): EncodedPair {
	const { ids } = pair;
	if (ids !== undefined) {
		const row = (answer: readonly number[]) =>
			trainedFrom(encode({ kind: "ids", input_ids: [...ids.prompt, ...answer], labels: null }), ids.prompt.length);
		return { chosen: row(ids.chosen), rejected: row(ids.rejected), prompt: "" };
	}
	const { chosen, rejected } = readAnswers(pair, where);
	const encoded = { chosen: encode(chosen), rejected: encode(rejected) };
	// Turns with weight 0 are in the answers, but do not count.
	const whole = { chosen: encodeWhole(chosen, encoded.chosen), rejected: encodeWhole(rejected, encoded.rejected) };
	// The answers start at the first token where either row differs from the prompt.
	const start = Math.min(...Object.values(whole).map(firstTrained));
	const side = (name: "chosen" | "rejected", { completion }: CompletionRow): EncodedRow => {
		const none = typeof completion !== "string" && completion.every((turn) => trainsTurn(turn) === false);
		const isMasked = (token: number) =>
			none || (whole[name].labels[token] !== IGNORED && encoded[name].labels[token] === IGNORED);
		return trainedFrom(encoded[name], start, isMasked);
	};
	return { chosen: side("chosen", chosen), rejected: side("rejected", rejected), prompt: questionOf(chosen) };

	function encodeWhole(row: CompletionRow, found: EncodedRow): EncodedRow {
		if (row.kind !== "chat-completion" || row.completion.every((turn) => trainsTurn(turn) !== false)) return found;
		return encode({ ...row, completion: row.completion.map(withoutWeight) });
	}
}

const firstTrained = ({ labels }: EncodedRow): number => {
	const first = labels.findIndex((label) => label !== IGNORED);
	return first < 0 ? labels.length : first;
};

const trainedFrom = (
	{ input_ids }: EncodedRow,
	start: number,
	isMasked: (token: number) => boolean = () => false,
): EncodedRow => ({
	input_ids,
	labels: input_ids.map((id, token) => (token < start || isMasked(token) ? IGNORED : id)),
});

/** The two answers as rows with a completion. A missing prompt is their common prefix. */
function readAnswers(
	{ kind: _kind, chosen, rejected, prompt: given, system, ids: _ids, ...inputs }: PreferenceRow,
	where: MessageText,
): { chosen: CompletionRow; rejected: CompletionRow } {
	if (Array.isArray(chosen) && Array.isArray(rejected)) {
		const turns = {
			chosen: readMessages(chosen, "chosen", where),
			rejected: readMessages(rejected, "rejected", where),
		};
		const asked = promptTurns(given, turns, where);
		const prompt =
			system === "" || asked.prompt[0]?.role === "system"
				? asked.prompt
				: [{ role: "system", content: system }, ...asked.prompt];
		const row = (completion: readonly Message[]): CompletionRow => ({
			kind: "chat-completion",
			prompt,
			completion,
			...inputs,
		});
		return { chosen: row(asked.chosen), rejected: row(asked.rejected) };
	}
	if (typeof chosen !== "string" || typeof rejected !== "string")
		throw rowError(
			dataMessage("answerKinds", { chosen: kindOf(chosen), rejected: kindOf(rejected) }),
			where,
			dataMessage("oneKind.next"),
		);
	if (given !== undefined && typeof given !== "string")
		throw rowError(dataMessage("promptKind", { kind: kindOf(given) }), where, dataMessage("promptKind.next"));
	const length = given === undefined ? sharedText(chosen, rejected) : 0;
	const asked = given ?? chosen.slice(0, length);
	const row = (answer: string): CompletionRow => ({
		kind: "prompt-completion",
		prompt: system === "" ? asked : `${system}\n\n${asked}`,
		completion: answer.slice(length),
	});
	return { chosen: row(chosen), rejected: row(rejected) };
}

/** The turns of the prompt and of each answer. A prompt that is a string is one user turn, unless the answers contain it. */
function promptTurns(
	given: unknown,
	{ chosen, rejected }: { chosen: readonly Message[]; rejected: readonly Message[] },
	where: MessageText,
): { prompt: readonly Message[]; chosen: readonly Message[]; rejected: readonly Message[] } {
	if (Array.isArray(given)) return { prompt: readMessages(given, "prompt", where), chosen, rejected };
	const shared = sharedTurns(chosen, rejected);
	if (shared > 0)
		return { prompt: chosen.slice(0, shared), chosen: chosen.slice(shared), rejected: rejected.slice(shared) };
	if (typeof given === "string" && given !== "")
		return { prompt: [{ role: "user", content: given }], chosen, rejected };
	throw rowError(dataMessage("noSharedTurn"), where, dataMessage("noSharedTurn.next"));
}

/** Number of turns at the start that are the same in both. The last turn is an answer, as in TRL's extract_prompt. */
function sharedTurns(a: readonly Message[], b: readonly Message[]): number {
	let count = 0;
	while (count < a.length - 1 && count < b.length - 1 && JSON.stringify(a[count]) === JSON.stringify(b[count])) count++;
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
