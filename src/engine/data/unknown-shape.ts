// The error for a row whose fields match no known shape: which field may be misspelt, or which shape is nearest.

import { closest, distance } from "fastest-levenshtein";
import { DATA_SHAPES } from "../../shared/data-shapes.ts";
import type { TabTuneError } from "../../shared/errors.ts";
import { dataMessage, rowsMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import { rowError } from "./row-fields.ts";

/** The fields of the formats, for error messages. */
const KNOWN = DATA_SHAPES.map(({ fields }) => fields);

/** The fields of a turn of a conversation, which is no row. */
const TURNS = [
	["role", "content"],
	["from", "value"],
];

export function unknownShape(found: readonly string[], where: MessageText): TabTuneError {
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
	const next = TURNS.some((turn) => turn.every((name) => found.includes(name)))
		? rowsMessage("turnRow.next")
		: typo !== undefined
			? dataMessage("rename", { name: JSON.stringify(typo.name), meant: JSON.stringify(typo.meant) })
			: found.length === 2
				? dataMessage("renamePair")
				: dataMessage("nearestRow", {
						nearest: nearest.shape.map((name) => `"${name}"`).join(" with "),
						others: KNOWN.filter((shape) => shape !== nearest.shape)
							.map((shape) => shape.join(" + "))
							.join(", "),
					});
	return rowError(
		dataMessage("unknownFields", {
			fields: found.length === 0 ? dataMessage("noFields") : found.map((name) => JSON.stringify(name)).join(", "),
		}),
		where,
		next,
	);
}
