// Starts, pauses, resumes and stops a run.

import type { EngineApi, RunRequest, RunState, RunSummary } from "../../../src/engine/api.ts";
import { plannedSteps } from "../../../src/shared/settings.ts";
import { toErrorInfo } from "../../engine.ts";
import { translator } from "../../i18n/index.ts";
import { compareSides } from "../compare/actions.ts";
import { useCompare } from "../compare/store.ts";
import { useData } from "../data/store.ts";
import { setAdapter, useEngine } from "../model/store.ts";
import { hasProblems, useSettings } from "../settings/store.ts";
import { useUi } from "../workspace/store.ts";
import { markInMemory, refreshRuns } from "./run-list.ts";
import { useRuns } from "./runs-store.ts";
import { beginRun, isBusy, useRun } from "./store.ts";

/** Why Start is disabled; null if it is enabled. */
export type StartBlocker = "busy" | "model" | "data" | "settings" | "memory";

export function startBlocker(): StartBlocker | null {
	const engine = useEngine.getState();
	if (isBusy(useRun.getState().state)) return "busy";
	if (engine.phase !== "ready" || engine.api === null) return "model";
	if (useData.getState().status !== "ready") return "data";
	const settings = useSettings.getState();
	if (hasProblems(settings) || settings.costError?.code === "usage" || settings.costError?.code === "not-yet")
		return "settings";
	if (settings.cost?.fits === "too-big") return "memory";
	return null;
}

/** Steps from which losing a run matters. */
const LONG_RUN = 100;

/** Asks the browser not to remove this site's data when the disk is full. It decides by itself, or asks the user. */
async function askToKeep(): Promise<void> {
	try {
		if (!(await navigator.storage.persisted())) await navigator.storage.persist();
	} catch {
		// A browser without this, or one that stores nothing: the run says so.
	}
}

export async function startRun(continueAdapter: boolean): Promise<void> {
	const { api } = useEngine.getState();
	const { source, info, heldOut } = useData.getState();
	if (startBlocker() !== null || api === null || source === null || info === null) return;
	const { settings } = useSettings.getState();
	const total = plannedSteps(settings, info.stepsPerEpoch);
	if (total >= LONG_RUN) void askToKeep();
	const request: RunRequest = {
		settings,
		data: source,
		heldOut,
		samplePrompt: info.samplePrompt === "" ? null : info.samplePrompt,
		// About eight answers per run, whatever its length.
		sampleEvery: Math.max(1, Math.round(total / 8)),
		continueAdapter,
		keep: true,
	};
	const begin = async (lost: number | null) => {
		latest = { id: null, since: Date.now(), again: begin };
		const applyEvents = beginRun(settings, source.name, total, {
			continued: lost === null ? null : { lost, from: 0 },
			rows: { data: source, heldOut },
		});
		await nextTask(); // render before the engine uses every core
		await followRun(api, api.train(request, applyEvents));
	};
	await begin(null);
}

/** The run that was started or resumed last. */
export interface LatestRun {
	/** Its id if it was resumed; otherwise its record was created after `since`. */
	readonly id: string | null;
	readonly since: number;
	/** Starts it again from its first step. @param lost the step after which the GPU was lost */
	again(lost: number): Promise<void>;
}

let latest: LatestRun | null = null;
/** Whether it ended because the GPU was lost. */
let lost = false;

/** What the lost GPU ended; null if nothing was, and when asked again. */
export function takeLostRun(): LatestRun | null {
	const run = lost ? latest : null;
	lost = false;
	return run;
}

/** The GPU was lost during a race or a comparison of methods, which `again` continues. */
export function setLostWork(again: LatestRun["again"]): void {
	latest = { id: null, since: Number.POSITIVE_INFINITY, again }; // no record is newer
	lost = true;
}

export function setLatestRun(run: LatestRun): void {
	latest = run;
}

/** The adapter in memory is that of the run that was started or resumed last. */
function markLatest(): void {
	const run = useRuns
		.getState()
		.records.find(
			({ id, created }) => latest !== null && (latest.id === null ? created >= latest.since : latest.id === id),
		);
	if (run !== undefined) markInMemory(run);
}

const nextTask = (): Promise<void> => new Promise((done) => setTimeout(done));

/** Updates the page when a run ends, however it was started. */
export async function followRun(api: EngineApi, run: Promise<RunSummary>): Promise<void> {
	useCompare.setState({ error: null });
	lost = false;
	try {
		const summary = await run;
		const ended = performance.now();
		setAdapter(await api.adapter());
		// Each of these re-renders much of the page; separate tasks keep the main thread responsive.
		await nextTask();
		useRun.setState(({ startedAt, pausedFor }) => ({
			state: summary.state,
			summary,
			stopping: false,
			phase: null,
			waited: startedAt === null ? null : (ended - startedAt - pausedFor) / 1000,
		}));
		await nextTask();
		void refreshRuns().then(markLatest);
		notify(summary.state);
		await compareSides();
	} catch (thrown) {
		const error = toErrorInfo(thrown);
		useRun.setState({ state: "failed", stopping: false, error });
		if (error.code === "device-lost") {
			lost = true; // it continues in workspace/gpu-loss.ts
			return;
		}
		notify("failed");
		if (useEngine.getState().api === api) {
			setAdapter(await api.adapter().catch(() => null));
			void refreshRuns();
		}
	}
}

/** Shows an error; the run continues. */
async function ask(
	call: (api: NonNullable<ReturnType<typeof useEngine.getState>["api"]>) => Promise<void>,
): Promise<void> {
	const { api } = useEngine.getState();
	if (api === null) return;
	try {
		await call(api);
	} catch (error) {
		useRun.setState({ stopping: false, error: toErrorInfo(error) });
	}
}

export const pauseRun = (): Promise<void> => ask((api) => api.pause().then(() => settle("running", "paused")));
export const resumeRun = (): Promise<void> => ask((api) => api.resume().then(() => settle("paused", "running")));

/** Updates the buttons as soon as the engine has answered; its event in the next batch confirms it. */
function settle(from: RunState, to: RunState): void {
	if (useRun.getState().state !== from) return;
	const now = performance.now();
	useRun.setState(({ pausedAt, pausedFor }) =>
		to === "paused"
			? { state: to, pausedAt: now }
			: { state: to, pausedAt: null, pausedFor: pausedFor + (pausedAt === null ? 0 : now - pausedAt) },
	);
}

export function stopRun(): Promise<void> {
	useRun.setState({ stopping: true });
	return ask((api) => api.stop());
}

export async function askNotification(on: boolean): Promise<void> {
	const granted = on && (await Notification.requestPermission()) === "granted";
	useRun.setState({ notify: granted });
}

/** Notifies only if the user is elsewhere; otherwise the page shows the result. */
export function notify(state: "finished" | "stopped" | "failed"): void {
	const { notify, dataName } = useRun.getState();
	if (!notify || !document.hidden) return;
	const t = translator(useUi.getState().lang);
	const notification = new Notification("TabTune", { body: `${dataName}: ${t(`run.${state}`)}` });
	notification.onclick = () => window.focus();
}
