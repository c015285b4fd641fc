// The shapes of training rows, and the mapping of a table's columns to the parts of a row. The engine reads files with them; the
// page uses them to ask for the mapping.

interface DataShape {
	/** Required fields, in the order in which messages list them. */
	readonly fields: readonly string[];
	/** Optional fields. */
	readonly optional?: readonly string[];
}

/** Rows with these fields are trained without a mapping. */
export const DATA_SHAPES: readonly DataShape[] = [
	{ fields: ["text"] },
	{ fields: ["messages"] },
	{ fields: ["prompt", "completion"] },
	{ fields: ["instruction", "output"] },
	{ fields: ["conversations"] },
	{ fields: ["input_ids", "labels"], optional: ["labels"] },
	{ fields: ["prompt", "chosen", "rejected"], optional: ["prompt"] },
];

/** Shapes that messages do not list: other names for the same fields, and rows that DPOTrainer or KTOTrainer has tokenised. */
const OTHER_SHAPES: readonly DataShape[] = [
	{ fields: ["prompt_ids", "chosen_ids", "rejected_ids"] },
	{ fields: ["prompt_ids", "completion_ids"] },
	{ fields: ["preferred_output", "non_preferred_output"] },
	...["response", "answer", "completion"].flatMap((answer) =>
		["input", "context"].map((input) => ({ fields: ["instruction", input, answer] })),
	),
];

const SHAPES = [...DATA_SHAPES, ...OTHER_SHAPES];
const KNOWN_FIELDS = new Set([
	...SHAPES.flatMap(({ fields }) => fields),
	...["system", "question", "query", "history", "label", "weight", "tools"],
]);

/** The field that a column's name stands for: "Completion (long, text)" is "completion". Other names are unchanged. */
export function canonicalField(name: string): string {
	if (KNOWN_FIELDS.has(name)) return name;
	const plain = name
		.replace(/[([（].*$/s, "")
		.trim()
		.toLowerCase();
	return KNOWN_FIELDS.has(plain) ? plain : name;
}

/** Whether a row with these fields has one of the shapes. */
export function hasDataShape(fields: readonly string[]): boolean {
	const known = fields.map(canonicalField);
	return SHAPES.some(({ fields: named, optional = [] }) =>
		named.every((name) => known.includes(name) || optional.includes(name)),
	);
}

/** The columns of a table, or the fields of JSON objects, with the first records. */
export interface DataColumns {
	/** What `place` counts, from 1. */
	readonly unit: "line" | "row";
	/** The fields of the first line, or the names of the objects' fields. */
	readonly names: readonly string[];
	/** True when `names` can only be names (objects); the first line of a table may be an example. */
	readonly named: boolean;
	/** The first records, without the first line of a table. */
	readonly records: readonly { readonly place: number; readonly cells: readonly string[] }[];
}

/** Which column becomes which part of a row. Columns are counted from 0. */
export interface ColumnMapping {
	/** The names of all columns. */
	readonly columns: readonly string[];
	readonly kind: "pair" | "text";
	readonly prompt: number;
	readonly answer: number;
	readonly system: number | null;
	readonly text: number;
	/** chat: messages for the model's chat template; plain: the prompt followed by the answer. */
	readonly shape: "chat" | "plain";
	/** Whether the first line of the table contains names; otherwise it is a record. */
	readonly header: boolean;
}

/** Why a record yields no row. */
export type MappingFault = "no-prompt" | "no-answer" | "no-text";
export type MappedCells =
	| { readonly prompt: string; readonly answer: string; readonly system: string }
	| { readonly text: string }
	| { readonly fault: MappingFault };

/** Extracts the parts of a row from a record. */
export function mapCells(cells: readonly string[], mapping: ColumnMapping): MappedCells {
	const cell = (column: number | null) => (column === null ? "" : (cells[column] ?? "").trim());
	if (mapping.kind === "text") {
		const text = cell(mapping.text);
		return text === "" ? { fault: "no-text" } : { text };
	}
	const { prompt, answer, system } = mapping;
	if (cell(prompt) === "") return { fault: "no-prompt" };
	if (cell(answer) === "") return { fault: "no-answer" };
	return { prompt: cell(prompt), answer: cell(answer), system: cell(system) };
}

/** Names to show for the columns: those of the first line, or numbers where it is an example. */
export function columnNames({ names, named }: DataColumns, header: boolean, numbered: (n: number) => string): string[] {
	return names.map((name, i) => ((header || named) && name.trim() !== "" ? name.trim() : numbered(i + 1)));
}

/** The first records as the mapping reads them. */
export function firstMapped(
	{ names, named, records }: DataColumns,
	mapping: ColumnMapping,
	most = 3,
): { place: number; mapped: MappedCells }[] {
	return (named || mapping.header ? records : [{ place: 1, cells: names }, ...records])
		.slice(0, most)
		.map(({ place, cells }) => ({ place, mapped: mapCells(cells, mapping) }));
}

/** A question and its answer as a row: messages, or prompt and completion. */
export function pairRow(
	shape: ColumnMapping["shape"],
	{ prompt, answer, system = "" }: { prompt: string; answer: string; system?: string },
): object {
	if (shape === "chat") {
		const turns = [
			{ role: "user", content: prompt },
			{ role: "assistant", content: answer },
		];
		return { messages: system === "" ? turns : [{ role: "system", content: system }, ...turns] };
	}
	const context = system === "" ? prompt : `${system}\n\n${prompt}`;
	// Tokens rarely cross a space: with one, the prompt has the same tokens with and without its answer.
	return { prompt: context, completion: /\s$/.test(context) || /^\s/.test(answer) ? answer : ` ${answer}` };
}
