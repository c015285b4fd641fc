// Files and pasted text become the data. The engine recognises them in its worker; when the names of their columns leave
// a doubt, the page asks which column is what, and remembers the answer for the tab.

import type { DataColumns, DataSource, EngineApi } from "../../../src/engine/api.ts";
import { type ColumnMapping, pairRow } from "../../../src/shared/data-shapes.ts";
import { isSettingName } from "../../../src/shared/settings.ts";
import { toErrorInfo } from "../../engine.ts";
import { translator } from "../../i18n/index.ts";
import { useEngine } from "../model/store.ts";
import { loadRunJson } from "../settings/store.ts";
import { useUi } from "../workspace/store.ts";
import { describeAgain, loadOwnRows, newRequest, refuseOwnRows } from "./actions.ts";
import { type Paste, readPaste } from "./paste.ts";
import { rowLines } from "./row-lines.ts";
import { type DataOrigin, useData } from "./store.ts";

/** Whether the model has a chat template; before a model is loaded, the usual case. */
const hasChatTemplate = (): boolean => useEngine.getState().model?.hasChatTemplate !== false;

/** The engine, once it has started. */
function startedEngine(): Promise<EngineApi> {
	const { api } = useEngine.getState();
	if (api !== null) return Promise.resolve(api);
	return new Promise((resolve) => {
		const stop = useEngine.subscribe((state) => {
			if (state.api === null) return;
			stop();
			resolve(state.api);
		});
	});
}

/** Files that were chosen or dropped together; their rows are appended to those of the first. */
let queue: File[] = [];

export async function loadPaste(text: string): Promise<void> {
	const paste = readPaste(text);
	if (paste === null) return;
	queue = [];
	const name = translator(useUi.getState().lang)("data.pastedName");
	const blob = new Blob([paste.text]);
	const origin: DataOrigin = { kind: "paste" };
	if (paste.single !== null) {
		const [prompt, answer] = paste.single.filter((cell) => cell !== "");
		const row = pairRow(hasChatTemplate() ? "chat" : "plain", { prompt, answer });
		await loadOwnRows({ name, format: "jsonl", blob: new Blob([JSON.stringify(row)]) }, origin, { paste });
	} else if (paste.kind !== "text") await open(blob, name, origin, { paste });
	else if (await isTable(blob, name)) await open(blob, name, origin, { paste: { ...paste, kind: "table" } });
	else await loadOwnRows({ name, format: "txt", blob }, origin, { paste });
}

/** Whether text without tabs is a table all the same: its first line has names of columns between commas. */
async function isTable(blob: Blob, name: string): Promise<boolean> {
	try {
		const api = await startedEngine();
		const { source } = await api.openData(blob, name, hasChatTemplate());
		return source.format === "csv";
	} catch {
		return false;
	}
}

export const loadDataFile = (file: File): Promise<void> => loadDataFiles([file]);

/** Loads files as one set of rows. */
export async function loadDataFiles([file, ...more]: readonly File[]): Promise<void> {
	if (file === undefined) return;
	queue = [...more];
	await open(file, file.name, { kind: "file" });
}

interface Reading {
	paste?: Paste | null;
	/** Append the rows to the current ones. */
	append?: boolean;
}

async function open(blob: Blob, name: string, origin: DataOrigin, reading: Reading = {}): Promise<void> {
	const wanted = newRequest();
	try {
		const settings = await settingsIn(blob, name);
		if (settings !== null) {
			if (!wanted()) return;
			useData.setState({ settingsFile: { name, text: settings }, refused: null });
			await describeAgain();
			return next();
		}
		const api = await startedEngine();
		const { source, columns, certain } = await api.openData(blob, name, hasChatTemplate());
		if (!wanted()) return;
		if (columns === null) return use({ source, columns, origin }, reading);
		const before = remembered(columns) ?? (reading.paste == null ? null : pastedPair(columns, source.mapping));
		const mapping = before === null ? source.mapping : { ...before, columns: columns.names };
		if (certain || before !== null) return use({ source: { ...source, mapping }, columns, origin }, reading);
		useData.setState({ asking: { source, columns, origin, ...reading } });
	} catch (error) {
		if (!wanted()) return;
		refuseOwnRows(name, toErrorInfo(error));
		await next();
	}
}

interface Opened {
	source: DataSource;
	columns: DataColumns | null;
	origin: DataOrigin;
}

/** Uses an opened file, then opens the next one of the queue. */
async function use({ source, columns, origin }: Opened, { paste = null, append = false }: Reading): Promise<void> {
	if (append) await appendRows(source);
	else await loadOwnRows(source, origin, { columns, paste });
	await next();
}

async function next(): Promise<void> {
	const file = queue.shift();
	if (file === undefined) return;
	const { origin } = useData.getState();
	await open(file, file.name, { kind: "file" }, { append: origin !== null && origin.kind !== "gallery" });
}

/** Appends rows to the current own rows. */
async function appendRows(added: DataSource): Promise<void> {
	const { source } = useData.getState();
	if (source === null) return loadOwnRows(added, { kind: "file" });
	await loadOwnRows(await joined([source, added]), { kind: "own", from: null });
}

/** Puts the replaced rows before the current ones. */
export async function keepBoth(): Promise<void> {
	const { replaced, source } = useData.getState();
	const last = replaced.at(-1);
	if (last === undefined || source === null) return;
	await loadOwnRows(await joined([last.source, source]), { kind: "own", from: null });
}

async function joined(sources: readonly DataSource[]): Promise<DataSource> {
	const lines = await Promise.all(sources.map(async (source) => (await rowLines(source)).trimEnd()));
	const name = sources.map((source) => source.name).join(" + ");
	return { name, format: "jsonl", blob: new Blob([lines.join("\n")]) };
}

/** The largest file, in bytes, that is looked at as settings. */
const LARGEST_SETTINGS = 100_000;

/** The text of a run.json; null for other files. */
async function settingsIn(blob: Blob, name: string): Promise<string | null> {
	if (!/\.json$/i.test(name) || blob.size > LARGEST_SETTINGS) return null;
	const text = await blob.text();
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
		const names = Object.keys(value);
		return names.length > 0 && names.every(isSettingName) ? text : null;
	} catch {
		return null;
	}
}

/** Loads the settings of a run.json that was added as data. */
export function adoptSettingsFile(): void {
	const { settingsFile } = useData.getState();
	if (settingsFile !== null) loadRunJson(settingsFile.text);
	useData.setState({ settingsFile: null });
}

/** Two pasted columns without names are question and answer. Single words in the first line may be names. */
function pastedPair({ names }: DataColumns, guess: ColumnMapping | undefined): ColumnMapping | null {
	const mayBeNames = names.every((name) => /^[\p{L}\p{N}_-]{2,20}$/u.test(name.trim()));
	if (guess === undefined || names.length !== 2 || mayBeNames) return null;
	return { ...guess, kind: "pair", prompt: 0, answer: 1, system: null, header: false };
}

/** Uses the columns that the person chose. */
export async function answerAsking(mapping: ColumnMapping): Promise<void> {
	const { asking } = useData.getState();
	if (asking === null) return;
	const { source, columns, origin, paste, append } = asking;
	remember(columns, mapping);
	await use({ source: { ...source, mapping }, columns, origin }, { paste, append });
}

export function cancelAsking(): void {
	useData.setState({ asking: null });
	void describeAgain().then(next);
}

/** Asks about the columns of the current data again. */
export function askAgain(): void {
	const { source, columns, origin } = useData.getState();
	if (source !== null && columns !== null && origin !== null) useData.setState({ asking: { source, columns, origin } });
}

const REMEMBERED = "tabtune.columns";

/** Tables with these column names are read the same way. */
const keyOf = ({ names }: DataColumns): string => JSON.stringify(names.map((name) => name.trim().toLowerCase()));

function allRemembered(): Record<string, ColumnMapping> {
	try {
		const value: unknown = JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "{}");
		return typeof value === "object" && value !== null ? { ...value } : {};
	} catch {
		return {};
	}
}

/** The mapping that was chosen for the same columns in this tab. */
function remembered(columns: DataColumns): ColumnMapping | null {
	const all = allRemembered();
	const key = keyOf(columns);
	return Object.hasOwn(all, key) ? all[key] : null;
}

function remember(columns: DataColumns, mapping: ColumnMapping): void {
	try {
		sessionStorage.setItem(REMEMBERED, JSON.stringify({ ...allRemembered(), [keyOf(columns)]: mapping }));
	} catch {
		// The page asks again next time.
	}
}
