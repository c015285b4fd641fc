// Whether a turn is trained, where the turn itself says so: OpenAI's and Mistral's `weight`, axolotl's `train` and `training`,
// ms-swift's `loss`.

import type { JsonObject } from "../../shared/json.ts";
import { rowsMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import type { Message } from "./chat-template.ts";
import { copySpelling } from "./exact-json.ts";
import { rowError } from "./row-fields.ts";

/** axolotl's `train` also trains turns of users; a weight of 1 only marks an answer as usual, as in OpenAI's format. */
const FIELDS = ["weight", "train", "training", "loss"] as const;
/** Fields that train a part of a turn, or with another factor. */
const REFUSED = ["train_detail", "training_detail", "loss_scale"] as const;
const YES_OR_NO = new Map<unknown, boolean>([
	[0, false],
	[1, true],
	[false, false],
	[true, true],
]);

/** @throws TabTuneError "data" for a value that is neither 0 or false, nor 1 or true */
export function checkTurnWeight(turn: JsonObject, at: string, where: MessageText): void {
	const name =
		FIELDS.find((field) => isGiven(turn[field]) && !YES_OR_NO.has(turn[field])) ??
		REFUSED.find((field) => isGiven(turn[field]) && turn[field] !== 1);
	if (name === undefined) return;
	throw rowError(
		rowsMessage("turnWeight", { turn: at, name, value: JSON.stringify(turn[name]) }),
		where,
		rowsMessage("turnWeight.next"),
	);
}

/**
 * What a turn says of itself: false if it is not trained, true if it is trained whatever its role, null if it says nothing. As
 * in axolotl (prompt_strategies/chat_template.py, should_train).
 */
export function trainsTurn(turn: Message): boolean | null {
	const values = FIELDS.filter((field) => isGiven(turn[field])).map((field) => YES_OR_NO.get(turn[field]));
	if (values.includes(false)) return false;
	return turn.train === true || turn.training === true ? true : null;
}

/** The turn without what it says of its training. */
export function withoutWeight(turn: Message): Message {
	const named: readonly string[] = FIELDS;
	return copySpelling(
		turn,
		Object.fromEntries(Object.entries(turn).filter(([key]) => !named.includes(key))) as Message,
	);
}

const isGiven = (value: unknown): boolean =>
	value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
