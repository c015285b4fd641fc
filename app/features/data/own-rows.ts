// Rows in the editor: a question and its answer, a text, or the JSON of any other row (several turns, tools, ids). A row
// that was not edited is written back as it was.

import { pairRow } from "../../../src/shared/data-shapes.ts";
import { isObject, type JsonObject } from "../../../src/shared/json.ts";

export interface Pair {
	system: string;
	prompt: string;
	answer: string;
}
export type PairShape = "messages" | "sharegpt" | "prompt-completion" | "alpaca";

export type OwnRow =
	| ({
			id: number;
			kind: "pair";
			shape: PairShape;
			base: JsonObject | null;
			/** Whether the answer is good (`label`), for KTO; null for a row that is not rated. */
			rating: boolean | null;
	  } & Pair)
	| { id: number; kind: "text"; text: string; base: JsonObject | string | null }
	| { id: number; kind: "raw"; json: string };

interface Shape {
	/** Null for a row that is not a single question and answer. */
	read(row: JsonObject): Pair | null;
	write(row: JsonObject, pair: Pair): object;
}

/** Turns [system,] user, assistant that have no other fields than their role and text. */
function readTurns(turns: unknown, who: string, what: string, roles: readonly [string, string]): Pair | null {
	if (!Array.isArray(turns)) return null;
	const said: [string, string][] = [];
	for (const turn of turns) {
		if (!isObject(turn) || Object.keys(turn).length !== 2) return null;
		const { [who]: role, [what]: content } = turn;
		if (typeof role !== "string" || typeof content !== "string") return null;
		said.push([role, content]);
	}
	const [[, system]] = said[0]?.[0] === "system" ? said.splice(0, 1) : [["system", ""]];
	if (said.length !== 2 || said[0][0] !== roles[0] || said[1][0] !== roles[1]) return null;
	return { system, prompt: said[0][1], answer: said[1][1] };
}

const SHAPES: Record<PairShape, Shape> = {
	messages: {
		read: (row) => (row.tools === undefined ? readTurns(row.messages, "role", "content", ["user", "assistant"]) : null),
		write: (row, pair) => ({ ...row, ...pairRow("chat", pair) }),
	},
	sharegpt: {
		read: (row) => {
			const pair = row.tools === undefined ? readTurns(row.conversations, "from", "value", ["human", "gpt"]) : null;
			return pair !== null && pair.system === "" && typeof row.system === "string"
				? { ...pair, system: row.system }
				: pair;
		},
		write: ({ system: _, ...row }, { system, prompt, answer }) => ({
			...row,
			...(system === "" ? {} : { system }),
			conversations: [
				{ from: "human", value: prompt },
				{ from: "gpt", value: answer },
			],
		}),
	},
	"prompt-completion": {
		read: ({ prompt, completion }) =>
			typeof prompt === "string" && typeof completion === "string" ? { system: "", prompt, answer: completion } : null,
		write: (row, { system, prompt, answer }) => ({
			...row,
			prompt: system === "" ? prompt : `${system}\n\n${prompt}`,
			completion: answer,
		}),
	},
	alpaca: {
		read: ({ instruction, input = "", output, system = "", history = [] }) => {
			if (typeof instruction !== "string" || typeof input !== "string" || typeof output !== "string") return null;
			if (typeof system !== "string" || !Array.isArray(history) || history.length > 0) return null;
			return { system, prompt: input === "" ? instruction : `${instruction}\n${input}`, answer: output };
		},
		write: ({ system: _, ...row }, { system, prompt, answer }) => ({
			...row,
			...(system === "" ? {} : { system }),
			instruction: prompt,
			input: "",
			output: answer,
		}),
	},
};
const SHAPE_NAMES = Object.keys(SHAPES).filter((name): name is PairShape => name in SHAPES);

const samePair = (a: Pair | null, b: Pair): boolean =>
	a !== null && a.system === b.system && a.prompt === b.prompt && a.answer === b.answer;

/** A row before it has an id. */
type Unnamed = OwnRow extends infer R ? (R extends OwnRow ? Omit<R, "id"> : never) : never;

function ownRow(value: unknown): Unnamed {
	if (typeof value === "string") return { kind: "text", text: value, base: value };
	if (!isObject(value)) return { kind: "raw", json: JSON.stringify(value) };
	const has = (...names: string[]) => names.some((name) => value[name] !== undefined);
	const { label } = value;
	const rating = typeof label === "boolean" ? label : null;
	if (!has("input_ids", "chosen") && (label === undefined || rating !== null)) {
		for (const shape of SHAPE_NAMES) {
			const pair = SHAPES[shape].read(value);
			if (pair !== null) return { kind: "pair", shape, base: value, rating, ...pair };
		}
		const other = has("messages", "conversations", "prompt", "completion", "instruction", "output");
		if (!other && rating === null && typeof value.text === "string")
			return { kind: "text", text: value.text, base: value };
	}
	return { kind: "raw", json: JSON.stringify(value, null, 1) };
}

/** The rows of JSON lines; a line that is not JSON is a raw row, to be corrected. */
export function readOwnRows(lines: string): OwnRow[] {
	return lines
		.split("\n")
		.filter((line) => line.trim() !== "")
		.map((line, id) => {
			const value = parsed(line);
			return { id, ...(value === undefined ? { kind: "raw" as const, json: line } : ownRow(value)) };
		});
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** One line of JSONL; "" for an empty row. A raw row is written as it was typed, valid or not. */
function writeOwnRow(row: OwnRow): string {
	if (row.kind === "raw") {
		const value = parsed(row.json);
		return value === undefined ? row.json.replace(/\s*\n\s*/g, " ").trim() : JSON.stringify(value);
	}
	if (row.kind === "text") {
		if (row.text.trim() === "") return "";
		if (typeof row.base === "string") return JSON.stringify(row.text);
		return JSON.stringify({ ...row.base, text: row.text });
	}
	const pair = { system: row.system, prompt: row.prompt, answer: row.answer };
	if ([pair.system, pair.prompt, pair.answer].every((part) => part.trim() === "")) return "";
	const rated = (value: object) => JSON.stringify(row.rating === null ? value : { ...value, label: row.rating });
	const shape = SHAPES[row.shape];
	if (row.base !== null && samePair(shape.read(row.base), pair)) return rated(row.base);
	if (row.base === null && row.shape === "prompt-completion") return rated(pairRow("plain", pair));
	return rated(shape.write(row.base ?? {}, pair));
}

export function writeOwnRows(rows: readonly OwnRow[]): string {
	return rows
		.map(writeOwnRow)
		.filter((line) => line !== "")
		.join("\n");
}

/** Whether the text of a raw row is JSON; the engine checks the rest. */
export const isJson = (text: string): boolean => parsed(text) !== undefined;

/** An empty row of the kind and shape that most rows have. */
export function blankLike(rows: readonly OwnRow[], chat: boolean): Unnamed {
	const votes = new Map<string, number>();
	for (const row of rows) {
		const vote = row.kind === "pair" ? row.shape : row.kind;
		if (vote !== "raw") votes.set(vote, (votes.get(vote) ?? 0) + 1);
	}
	const [most] = [...votes].sort((a, b) => b[1] - a[1])[0] ?? [chat ? "messages" : "prompt-completion"];
	const shape = SHAPE_NAMES.find((name) => name === most);
	if (shape === undefined) return { kind: "text", text: "", base: null };
	return { kind: "pair", shape, base: null, rating: isRated(rows) ? true : null, system: "", prompt: "", answer: "" };
}

/** Whether any row is rated; a set has either ratings or none. */
export const isRated = (rows: readonly OwnRow[]): boolean =>
	rows.some((row) => row.kind === "pair" && row.rating !== null);

/** The text that the search looks through. */
export function rowText(row: OwnRow): string {
	if (row.kind === "raw") return row.json;
	return row.kind === "text" ? row.text : `${row.system}\n${row.prompt}\n${row.answer}`;
}
