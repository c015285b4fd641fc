// Files and pasted text become the data. The engine recognises them in its worker; when the names of their columns leave
// a doubt, the page asks which column is what, and remembers the answer for the tab.

import type { DataColumns, EngineApi } from "../../../src/engine/api.ts";
import { type ColumnMapping, pairRow } from "../../../src/shared/data-shapes.ts";
import { toErrorInfo } from "../../engine.ts";
import { translator } from "../../i18n/index.ts";
import { useEngine } from "../model/store.ts";
import { useUi } from "../workspace/store.ts";
import { loadOwnRows, newRequest, refuseOwnRows } from "./actions.ts";
import { type Paste, readPaste } from "./paste.ts";
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

export async function loadPaste(text: string): Promise<void> {
	const shape = hasChatTemplate() ? "chat" : "plain";
	const paste = readPaste(text, (prompt, answer) => pairRow(shape, { prompt, answer }));
	if (paste === null) return;
	const name = translator(useUi.getState().lang)("data.pastedName");
	const blob = new Blob([paste.text]);
	if (paste.kind === "json" || paste.kind === "jsonl") await open(blob, name, { kind: "paste" }, paste);
	else await loadOwnRows({ name, format: paste.format, blob }, { kind: "paste" }, { paste });
}

export const loadDataFile = (file: File): Promise<void> => open(file, file.name, { kind: "file" });

async function open(blob: Blob, name: string, origin: DataOrigin, paste: Paste | null = null): Promise<void> {
	const wanted = newRequest();
	try {
		const api = await startedEngine();
		const { source, columns, certain } = await api.openData(blob, name, hasChatTemplate());
		if (!wanted()) return;
		if (columns === null) return loadOwnRows(source, origin, { paste });
		const before = remembered(columns);
		const mapping = before === null ? source.mapping : { ...before, columns: columns.names };
		if (certain || before !== null) return loadOwnRows({ ...source, mapping }, origin, { columns });
		useData.setState({ asking: { source, columns, origin } });
	} catch (error) {
		if (wanted()) refuseOwnRows(origin, toErrorInfo(error));
	}
}

/** Uses the columns that the person chose. */
export async function answerAsking(mapping: ColumnMapping): Promise<void> {
	const { asking } = useData.getState();
	if (asking === null) return;
	const { source, columns, origin } = asking;
	remember(columns, mapping);
	await loadOwnRows({ ...source, mapping }, origin, { columns });
}

export function cancelAsking(): void {
	useData.setState({ asking: null });
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
