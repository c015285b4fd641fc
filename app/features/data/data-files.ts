// What a person gives, a file or a paste, read far enough to know what it is: rows that the engine reads by itself go to
// it as they are; tables and objects with other names become JSONL here, asking about their columns when unsure.

import type { DataFormat, DataSource } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { translator } from "../../i18n/index.ts";
import { useEngine } from "../model/store.ts";
import { useUi } from "../workspace/store.ts";
import { adoptOwn, newWish, refuseOwn } from "./actions.ts";
import { type Detected, detect, encodingOf, HEAD_BYTES, isParquet, refusal } from "./detect.ts";
import {
	applyMapping,
	columnsKey,
	guessMapping,
	jsonValues,
	knownToEngine,
	type Mapping,
	rowOf,
	type Table,
	tableOf,
	tableOfObjects,
} from "./mapping.ts";
import { readPaste } from "./paste.ts";
import { type DataOrigin, type MappedTable, useData } from "./store.ts";

/** Larger tables go to the engine as they are: it streams, this side does not. */
const LARGEST_READ = 32e6;
const FILE: DataOrigin = { kind: "file" };

/** How questions and answers are written for the model in hand: as turns where it has a chat template. */
const shapeInHand = (): Mapping["shape"] => (useEngine.getState().model?.hasChatTemplate === false ? "plain" : "chat");

export async function takePaste(text: string): Promise<void> {
	const shape = shapeInHand();
	const paste = readPaste(text, (prompt, answer) => rowOf(shape, { prompt, answer }));
	if (paste === null) return;
	const t = translator(useUi.getState().lang);
	const name = t("data.pastedName");
	const own = paste.kind === "json" || paste.kind === "jsonl" ? ownObjects(text, paste.kind) : null;
	if (own !== null && "table" in own) await askOrMap(name, own.table, { kind: "paste" });
	else await adoptOwn({ name, format: paste.format, blob: new Blob([paste.text]) }, { kind: "paste" }, { paste });
}

export async function takeFile(given: File): Promise<void> {
	const wanted = newWish();
	let file = given;
	try {
		if (isParquet(new Uint8Array(await given.slice(0, 4).arrayBuffer()))) {
			if (given.size > LARGEST_READ) return adoptOwn({ name: given.name, format: "parquet", blob: given }, FILE);
			const lines = await useEngine.getState().api?.parquetAsLines(given, given.name);
			if (lines === undefined || !wanted()) return;
			file = new File([lines], given.name.replace(/(\.parquet)?$/i, ".jsonl"));
		}
		const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
		const found = refusal(head, file.name) ?? (await detected(file, head));
		if (!wanted()) return;
		if (found.kind === "refused") refuseOwn(FILE, refusedFile(file.name, found.what));
		else await takeDetected(file, head, found, wanted);
	} catch (error) {
		if (wanted()) refuseOwn(FILE, toErrorInfo(error));
	}
}

async function detected(file: File, head: Uint8Array): Promise<Detected> {
	const text = new TextDecoder(encodingOf(head) ?? "utf-8").decode(head);
	return detect(file.name, text, file.size <= head.length);
}

async function takeDetected(
	file: File,
	head: Uint8Array,
	found: Exclude<Detected, { kind: "refused" }>,
	wanted: () => boolean,
): Promise<void> {
	const { name } = file;
	const encoding = encodingOf(head) ?? "utf-8";
	const format = formatFound(found);
	if (file.size > LARGEST_READ) return adoptOwn({ name, format, blob: file }, FILE);
	const text = encoding === "utf-8" ? await utf8(file) : new TextDecoder(encoding).decode(await file.arrayBuffer());
	if (!wanted()) return;
	// The engine says where the bytes break.
	if (text === null) return adoptOwn({ name, format, blob: file }, FILE);
	const blob = encoding === "utf-8" ? file : new Blob([text]);
	const own =
		found.kind === "table" ? ownColumns(text, found) : found.kind === "text" ? null : ownObjects(text, found.kind);
	if (own === null) return adoptOwn({ name, format, blob }, FILE);
	if ("jsonl" in own) return adoptOwn({ name, format: "jsonl", blob: new Blob([own.jsonl]) }, FILE);
	return askOrMap(name, own.table, FILE);
}

async function utf8(file: Blob): Promise<string | null> {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
	} catch {
		return null;
	}
}

function formatFound(found: Exclude<Detected, { kind: "refused" }>): DataFormat {
	if (found.kind === "table") return found.separator === "\t" ? "tsv" : "csv";
	return found.kind === "text" ? "txt" : found.kind;
}

/** The table, unless the engine reads it by itself. */
function ownColumns(text: string, { separator }: Extract<Detected, { kind: "table" }>): { table: Table } | null {
	const table = tableOf(text, separator);
	const native = separator === "," || separator === "\t";
	if (table.first.length === 0 || (native && knownToEngine(table.first.map((name) => name.trim())))) return null;
	return { table };
}

/** Rows that the engine does not find or does not know; null where it does. */
function ownObjects(text: string, kind: "json" | "jsonl"): { table: Table } | { jsonl: string } | null {
	const values = jsonValues(text, kind);
	if (values === null || values.length === 0) return null;
	const known = values.some(
		({ value }) => typeof value !== "object" || value === null || knownToEngine(Object.keys(value)),
	);
	if (known) {
		// A list inside an object is taken out of it.
		const wrapped = kind === "json" && /^\s*\{/.test(text.replace(/^\uFEFF/, ""));
		return wrapped ? { jsonl: values.map(({ value }) => JSON.stringify(value)).join("\n") } : null;
	}
	const table = tableOfObjects(values, kind === "jsonl" ? "line" : "row");
	return table && { table };
}

async function askOrMap(name: string, table: Table, origin: DataOrigin): Promise<void> {
	const { mapping, sure } = guessMapping(table, shapeInHand());
	const before = remembered(table);
	if (sure || before !== null) await mapRows({ name, table, mapping: before ?? mapping }, origin);
	else useData.setState({ asking: { name, table, mapping } });
}

async function mapRows({ name, table, mapping }: MappedTable, origin: DataOrigin): Promise<void> {
	const { jsonl, leftOut } = applyMapping(table, mapping);
	const source: DataSource = { name, format: "jsonl", blob: new Blob([jsonl]) };
	await adoptOwn(source, origin, { mapped: { name, table, mapping, leftOut } });
}

/** The person has said what the columns are. */
export async function answerAsking(mapping: Mapping): Promise<void> {
	const { asking } = useData.getState();
	if (asking === null) return;
	remember(asking.table, mapping);
	await mapRows({ ...asking, mapping }, FILE);
}

export function cancelAsking(): void {
	useData.setState({ asking: null });
}

/** To look at the columns again. */
export function askAgain(): void {
	const { mapped } = useData.getState();
	if (mapped !== null)
		useData.setState({ asking: { name: mapped.name, table: mapped.table, mapping: mapped.mapping } });
}

const REMEMBERED = "tabtune.columns";

function allRemembered(): Record<string, Mapping> {
	try {
		const value: unknown = JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "{}");
		return typeof value === "object" && value !== null ? { ...value } : {};
	} catch {
		return {};
	}
}

/** What the same columns were taken for before, in this tab. */
function remembered(table: Table): Mapping | null {
	const all = allRemembered();
	const key = columnsKey(table);
	return Object.hasOwn(all, key) ? { ...guessMapping(table, shapeInHand()).mapping, ...all[key] } : null;
}

function remember(table: Table, mapping: Mapping): void {
	try {
		sessionStorage.setItem(REMEMBERED, JSON.stringify({ ...allRemembered(), [columnsKey(table)]: mapping }));
	} catch {
		// Then it is asked again.
	}
}

function refusedFile(name: string, what: Extract<Detected, { kind: "refused" }>["what"]) {
	const t = translator(useUi.getState().lang);
	return { code: "data", what: t(`data.refused.${what}`, { name }), next: t(`data.refusedNext.${what}`) };
}
