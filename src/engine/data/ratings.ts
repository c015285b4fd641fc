// Ratings of answers and weights of rows, in the spellings of JSON, CSV files, pandas, SQL and annotation tools.

import { TabTuneError } from "../../shared/errors.ts";
import { rowsMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import type { Fields } from "./fields.ts";

/** TRL's name of the rating, and LLaMA-Factory's. */
const RATINGS = ["label", "kto_tag"];
const GOOD = /^(true|t|yes|y|\+?1(\.0*)?|good|chosen|accepted|desirable|positive|(thumbs[ _-]?)?up|liked?|👍)$/iu;
const BAD =
	/^(false|f|no|n|-1(\.0*)?|[+-]?0(\.0*)?|bad|rejected|undesirable|negative|(thumbs[ _-]?)?down|disliked?|👎)$/iu;

/**
 * Whether the answer is rated as good; undefined for an answer without a rating.
 * @throws TabTuneError "data" for a value that is no rating
 */
export function ratingOf(fields: Fields, where: MessageText): boolean | undefined {
	const name = fields.first(RATINGS);
	if (name === undefined) return undefined;
	const value = fields.take(name);
	const text = String(value)
		.trim()
		.replace(/[\ufe0f\u{1f3fb}-\u{1f3ff}]/gu, "");
	if (GOOD.test(text)) return true;
	if (BAD.test(text)) return false;
	throw new TabTuneError("data", {
		what: rowsMessage("rating", { name, value: JSON.stringify(value) }),
		where,
		next: rowsMessage("rating.next", { name }),
	});
}

/**
 * Whether the row is trained. Its weight is 1, or 0 for a row that is left out.
 * @throws TabTuneError "data" for another number
 */
export function isTrained(fields: Fields, where: MessageText): boolean {
	const name = fields.first(["weight", "sample_weight"]);
	if (name === undefined || !isNumber(fields.take(name))) return true;
	const weight = Number(fields.take(name));
	if (weight === 0 || weight === 1) return weight === 1;
	throw new TabTuneError("data", {
		what: rowsMessage("rowWeight", { name, weight }),
		where,
		next: rowsMessage("rowWeight.next", { name }),
	});
}

const isNumber = (value: unknown): boolean =>
	typeof value === "number" || (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)));
