// Splits text at the matches of a pattern, as NormalizedString::split of the Rust tokenizers (tokenizer/normalizer.rs).

import { compileRegex } from "./regex.ts";

export type Behavior = "Isolated" | "Removed" | "Contiguous" | "MergedWithPrevious" | "MergedWithNext";
const BEHAVIORS: readonly string[] = ["Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"];

/** @throws Error naming a behaviour that does not exist */
export function behaviorOf(value: unknown): Behavior {
	const name = String(value).replace(/(^|_)([a-z])/g, (_, _start, letter: string) => letter.toUpperCase());
	if (BEHAVIORS.includes(name)) return name as Behavior;
	throw new Error(`Unknown Split behavior type: ${String(value)}`);
}

/** The pattern of a Split or Replace: a regular expression, or a text; null for an empty text, which matches nowhere. */
export function patternOf(pattern: unknown): RegExp | null {
	const { Regex, String: text } = (pattern ?? {}) as { Regex?: unknown; String?: unknown };
	if (typeof Regex === "string") return compileRegex(Regex);
	if (typeof text !== "string") throw new Error("a pattern is neither a Regex nor a String");
	return text === "" ? null : new RegExp(text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&").replace(/\\-/g, "\\x2d"), "gu");
}

interface Piece {
	text: string;
	readonly match: boolean;
}

export function splitText(text: string, pattern: RegExp | null, behavior: Behavior, invert = false): string[] {
	const pieces: Piece[] = [];
	let end = 0;
	for (const { 0: found, index } of pattern === null ? [] : text.matchAll(pattern)) {
		if (index > end) pieces.push({ text: text.slice(end, index), match: invert });
		pieces.push({ text: found, match: !invert });
		end = index + found.length;
	}
	if (end < text.length) pieces.push({ text: text.slice(end), match: invert });
	return merged(pieces, behavior)
		.map((piece) => piece.text)
		.filter((piece) => piece !== "");
}

function merged(pieces: readonly Piece[], behavior: Behavior): readonly Piece[] {
	switch (behavior) {
		case "Isolated":
			return pieces;
		case "Removed":
			return pieces.filter(({ match }) => !match);
		case "Contiguous":
			return joined(pieces, (piece, before) => piece.match === before.match, false);
		case "MergedWithPrevious":
			return joined(pieces, (piece, before) => piece.match && !before.match, false);
		case "MergedWithNext":
			return joined(pieces, (piece, before) => piece.match && !before.match, true);
	}
}

/** Joins a piece to its neighbour before it, or after it if `reverse`, where `joins` says so of the two original pieces. */
function joined(
	pieces: readonly Piece[],
	joins: (piece: Piece, neighbour: Piece) => boolean,
	reverse: boolean,
): readonly Piece[] {
	const out: Piece[] = [];
	const order = reverse ? pieces.toReversed() : pieces;
	order.forEach((piece, i) => {
		const last = out.at(-1);
		if (last !== undefined && joins(piece, order[i - 1]))
			last.text = reverse ? piece.text + last.text : last.text + piece.text;
		else out.push({ ...piece });
	});
	return reverse ? out.reverse() : out;
}
