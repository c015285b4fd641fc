// Columns to rows: which column is asked, which is answered, for tables and JSON objects whose names the engine does not
// know. What comes out is JSONL as the engine reads it, so that its own contract stays small. To teach a name: a word in
// NAMES.

import { isBlank, parseTable, plainLines, type Separator } from "./table.ts";

/** A table, or objects laid out as one. */
export interface Table {
	/** What `place` counts. */
	unit: "line" | "row";
	/** Cells of the first line, or the names of the fields. */
	first: string[];
	/** Whether `first` can only be names (objects), or may be an example (a table's first line). */
	named: boolean;
	records: { place: number; cells: string[] }[];
}

export interface Mapping {
	kind: "pair" | "text";
	/** Columns, from 0. */
	prompt: number;
	answer: number;
	system: number | null;
	text: number;
	/** A talk goes through the model's chat template; plain is the prompt with the answer behind it. */
	shape: "chat" | "plain";
	/** The first line holds names and is no example. */
	header: boolean;
}

export type Fault = "no-prompt" | "no-answer" | "no-text";
export type Reading = { prompt: string; answer: string; system: string } | { text: string } | { fault: Fault };

export interface LeftOut {
	unit: "line" | "row";
	number: number;
	fault: Fault;
}

const ENGINE_SHAPES = [
	["text"],
	["messages"],
	["prompt", "completion"],
	["instruction", "output"],
	["conversations"],
	["input_ids"],
	["chosen", "rejected"],
];

const NAMES = {
	prompt:
		"prompt question query input instruction user human ask source q 问题 问 提问 输入 指令 用户 题目 提示 提示词".split(
			" ",
		),
	answer:
		"completion answer response output reply assistant bot gpt target solution a 回答 答 答案 回复 输出 回应 助手".split(
			" ",
		),
	system: "system system_prompt persona 系统 系统提示 系统提示词".split(" "),
	text: "text content story body sentence passage 文本 正文 内容 文字 故事".split(" "),
};

/** Whether the engine reads rows with these fields by itself. */
export function knownToEngine(fields: readonly string[]): boolean {
	return ENGINE_SHAPES.some((shape) => shape.every((name) => fields.includes(name)));
}

const matching = (columns: readonly string[], names: readonly string[]): number[] =>
	columns.flatMap((name, i) => (names.includes(name.trim().toLowerCase()) ? [i] : []));

/** Roles that the names leave no doubt of; null when they do. */
export function columnRoles(columns: readonly string[]): Pick<Mapping, "kind" | "prompt" | "answer" | "system"> | null {
	const [prompts, answers, systems] = [NAMES.prompt, NAMES.answer, NAMES.system].map((names) =>
		matching(columns, names),
	);
	if (prompts.length !== 1 || answers.length !== 1 || systems.length > 1) return null;
	return { kind: "pair", prompt: prompts[0], answer: answers[0], system: systems[0] ?? null };
}

/** What a table most likely means; `sure` when the names say so and nobody need be asked. */
export function guessMapping(table: Table, shape: Mapping["shape"]): { mapping: Mapping; sure: boolean } {
	const columns = table.first;
	const [text] = matching(columns, NAMES.text);
	const roles = columnRoles(columns);
	const base: Mapping = { kind: "pair", prompt: 0, answer: 0, system: null, text: text ?? 0, shape, header: true };
	if (roles !== null) return { mapping: { ...base, ...roles }, sure: true };
	if (columns.length === 1) return { mapping: { ...base, kind: "text" }, sure: text !== undefined };
	const widest = columns
		.map((_, i) => ({ i, length: table.records.slice(0, 20).reduce((n, { cells }) => n + (cells[i] ?? "").length, 0) }))
		.sort((a, b) => b.length - a.length);
	const [prompt] = matching(columns, NAMES.prompt);
	const [answer] = matching(columns, NAMES.answer);
	// The two widest columns, in the order they stand in, are mostly what is asked and what is answered.
	const [left, right] = [widest[0].i, widest[1].i].sort((a, b) => a - b);
	const asked = prompt ?? (answer === left ? right : left);
	return { mapping: { ...base, prompt: asked, answer: answer ?? (asked === right ? left : right) }, sure: false };
}

/** Names to show and to choose from: those of the first line, or numbers where it is an example. */
export function columnNames({ first, named }: Table, header: boolean, numbered: (n: number) => string): string[] {
	return first.map((name, i) => ((header || named) && name.trim() !== "" ? name.trim() : numbered(i + 1)));
}

/** A table is remembered by these for the session. */
export const columnsKey = ({ first }: Table): string => JSON.stringify(first.map((name) => name.trim().toLowerCase()));

function recordsOf({ first, named, records }: Table, header: boolean): Table["records"] {
	return named || header ? records : [{ place: 1, cells: first }, ...records];
}

function readRecord(cells: readonly string[], { kind, prompt, answer, system, text }: Mapping): Reading {
	const cell = (i: number | null) => (i === null ? "" : (cells[i] ?? "").trim());
	if (kind === "text") return cell(text) === "" ? { fault: "no-text" } : { text: cell(text) };
	if (cell(prompt) === "") return { fault: "no-prompt" };
	if (cell(answer) === "") return { fault: "no-answer" };
	return { prompt: cell(prompt), answer: cell(answer), system: cell(system) };
}

/** The first rows as they will be read, with their places. */
export function firstReadings(table: Table, mapping: Mapping, most = 3): { place: number; reading: Reading }[] {
	return recordsOf(table, mapping.header)
		.slice(0, most)
		.map(({ place, cells }) => ({ place, reading: readRecord(cells, mapping) }));
}

/** All rows as JSONL, and those that lack what they need, by their place. */
export function applyMapping(table: Table, mapping: Mapping): { jsonl: string; rows: number; leftOut: LeftOut[] } {
	const lines: string[] = [];
	const leftOut: LeftOut[] = [];
	for (const { place, cells } of recordsOf(table, mapping.header)) {
		const reading = readRecord(cells, mapping);
		if ("fault" in reading) leftOut.push({ unit: table.unit, number: place, fault: reading.fault });
		else if ("text" in reading) lines.push(JSON.stringify(reading));
		else lines.push(JSON.stringify(rowOf(mapping.shape, reading)));
	}
	return { jsonl: lines.join("\n"), rows: lines.length, leftOut };
}

/** A question and its answer as the engine trains them. */
export function rowOf(shape: Mapping["shape"], pair: { prompt: string; answer: string; system?: string }): object {
	const { prompt, answer, system = "" } = pair;
	if (shape === "chat") {
		const turns = [
			{ role: "user", content: prompt },
			{ role: "assistant", content: answer },
		];
		return { messages: system === "" ? turns : [{ role: "system", content: system }, ...turns] };
	}
	const asked = system === "" ? prompt : `${system}\n\n${prompt}`;
	// Tokens rarely cross a space: the prompt then reads the same with and without its answer.
	return { prompt: asked, completion: /\s$/.test(asked) || /^\s/.test(answer) ? answer : ` ${answer}` };
}

/** A table's text; blank lines are none of its records. */
export function tableOf(text: string, separator: Separator): Table {
	const [first, ...rest] = parseTable(text, separator).filter((record) => !isBlank(record));
	return {
		unit: "line",
		first: first?.cells ?? [],
		named: false,
		records: rest.map(({ line, cells }) => ({ place: line, cells })),
	};
}

/** Objects as a table: their fields in the order they are met; null where values are no rows of fields. */
export function tableOfObjects(
	objects: readonly { place: number; value: unknown }[],
	unit: Table["unit"],
): Table | null {
	const columns: string[] = [];
	const rows: { place: number; value: Record<string, unknown> }[] = [];
	for (const { place, value } of objects) {
		if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
		const row: Record<string, unknown> = { ...value };
		for (const name of Object.keys(row)) if (!columns.includes(name)) columns.push(name);
		rows.push({ place, value: row });
	}
	if (rows.length === 0 || columns.length === 0) return null;
	const cell = (value: unknown) =>
		typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
	const records = rows.map(({ place, value }) => ({ place, cells: columns.map((name) => cell(value[name])) }));
	return { unit, first: columns, named: true, records };
}

/**
 * The values of a JSON file: of JSON lines each line, of a list its elements, of an object the one list in it. A line
 * that is not JSON ends the whole: the engine then says which.
 */
export function jsonValues(text: string, kind: "json" | "jsonl"): { place: number; value: unknown }[] | null {
	try {
		if (kind === "jsonl")
			return plainLines(text)
				.split("\n")
				.flatMap((line, i) => (line.trim() === "" ? [] : [{ place: i + 1, value: JSON.parse(line) as unknown }]));
		const value: unknown = JSON.parse(plainLines(text));
		const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
		if (isObject && knownToEngine(Object.keys(value))) return [{ place: 1, value }];
		const lists = Array.isArray(value)
			? [value]
			: isObject
				? Object.values(value).filter((part) => Array.isArray(part))
				: [];
		return lists.length === 1 ? lists[0].map((row: unknown, i: number) => ({ place: i + 1, value: row })) : null;
	} catch {
		return null;
	}
}
