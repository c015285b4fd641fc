// Actions on runs kept on this device: open, resume, edit, delete, restore.
import type { RunPatch, RunRecord } from "../../../src/engine/api.ts";
import { compareSides } from "../compare/actions.ts";
import { EMPTY_ANSWER, useCompare } from "../compare/store.ts";
import { loadOwnRows } from "../data/actions.ts";
import { useData } from "../data/store.ts";
import { setAdapter, useEngine } from "../model/store.ts";
import { adoptSettings } from "../settings/store.ts";
import { followRun, setLatestRun } from "./actions.ts";
import { markInMemory, refreshRuns, withApi } from "./run-list.ts";
import { MOST_DRAWN, type SortKey, useRuns } from "./runs-store.ts";
import { beginRun, isBusy, showRecord, useRun } from "./store.ts";

/** How long a deleted run can be restored, in milliseconds. */
const UNDO = 10_000;

/**
 * Resumes a run from its checkpoint, with its own settings and data.
 * @param lost the step after which the GPU was lost, if the run continues after that
 */
export async function resumeFrom(run: RunRecord, lost: number | null = null): Promise<void> {
	const { api, phase } = useEngine.getState();
	if (api === null || phase !== "ready" || isBusy(useRun.getState().state)) return;
	useRuns.setState({ offered: null });
	const continued = lost === null ? null : { lost, from: Math.min(lost, run.checkpoint ?? 0) };
	setLatestRun({ id: run.id, since: run.created, again: (step) => resumeFrom(run, step) });
	const applyEvents = beginRun(run.settings, run.name, run.totalSteps, { continued });
	await followRun(api, api.resumeRun(run.id, applyEvents));
}

/** Loads the run's adapter into memory, shows the run, and generates both answers to its prompt. */
export function openRun(run: RunRecord): Promise<void> {
	return withApi(async (api) => {
		useRuns.setState({ offered: null, error: null });
		setAdapter(await api.openRun(run.id));
		markInMemory(run);
		showRecord(run);
		const { promptTouched, prompt } = useCompare.getState();
		const asked = promptTouched ? prompt : (run.samplePrompt ?? prompt);
		useCompare.setState({ tuned: EMPTY_ANSWER, imported: null, error: null, prompt: asked });
		await compareSides();
	});
}

/** Loads the rows of the opened run into the data panel, and its settings; the rows before can be restored. */
export function adoptRun(run: RunRecord): Promise<void> {
	return withApi(async (api) => {
		const data = await api.runData(run.id);
		adoptSettingsOf(run);
		useData.setState({ heldOut: run.heldOut });
		await loadOwnRows(data, { kind: "own", from: null });
	});
}

/** Copies the run's settings to the settings panel. */
export const adoptSettingsOf = ({ settings }: RunRecord): void => adoptSettings(settings);

export function changeRun(id: string, patch: RunPatch): Promise<void> {
	return withApi(async (api) => {
		const changed = await api.updateRun(id, patch);
		useRuns.setState(({ records }) => ({ records: records.map((run) => (run.id === id ? changed : run)) }));
	});
}

export async function removeRun({ id, name }: RunRecord): Promise<void> {
	await changeRun(id, { deleted: true });
	const justDeleted = { id, name };
	useRuns.setState(({ drawn }) => ({ justDeleted, drawn: drawn.filter((other) => other !== id) }));
	setTimeout(() => {
		if (useRuns.getState().justDeleted === justDeleted) useRuns.setState({ justDeleted: null });
		const gone = useRuns.getState().records.find((run) => run.id === id && run.deleted);
		if (gone !== undefined) void withApi((api) => api.deleteRun(id).then(() => refreshRuns()));
	}, UNDO);
}

export async function restoreRun(id: string): Promise<void> {
	useRuns.setState({ justDeleted: null });
	await changeRun(id, { deleted: false });
}

export function sortBy(key: SortKey): void {
	useRuns.setState(({ sort }) => ({
		sort: sort.key === key ? { key, descending: !sort.descending } : { key, descending: key === "created" },
	}));
}

export function toggleDrawn(id: string): void {
	useRuns.setState(({ drawn }) => ({
		drawn: drawn.includes(id) ? drawn.filter((other) => other !== id) : [...drawn, id].slice(-MOST_DRAWN),
	}));
}
