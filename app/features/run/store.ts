// State of the run. It changes at most ten times a second (the worker batches its events); the curves grow in a RunSeries
// outside React. `afterEvents` is the reducer: pure except for the series it extends.
// To show more of a run: read it from its event there, and add a field to RunView.

import { create } from "zustand";
import type {
	DataSource,
	ErrorInfo,
	RunEvent,
	RunPhase,
	RunRecord,
	RunSettings,
	RunState,
	RunSummary,
} from "../../../src/engine/api.ts";
import type { MessageText } from "../../../src/shared/messages/message.ts";
import { RunSeries } from "./series.ts";
import { Pace } from "./throughput.ts";

export interface Sample {
	step: number;
	prompt: string;
	text: string;
}

export interface Note {
	kind: "skipped" | "warning";
	step: number | null;
	text: MessageText;
}

/** What a run was trained on: for its TRL export, whatever the workspace has now. */
export interface RunRows {
	data: DataSource;
	heldOut: number;
}

export interface RunView {
	state: "idle" | RunState;
	/** Stop was pressed; the current step still finishes. */
	stopping: boolean;
	phase: RunPhase | null;
	/** When the run was started here, and milliseconds of pauses since; null for a run that was opened. */
	startedAt: number | null;
	pausedFor: number;
	pausedAt: number | null;
	/** Seconds from Start to the end that a person waited, without pauses. */
	waited: number | null;
	/** Settings and data of this run, which may differ from the panels. */
	settings: RunSettings | null;
	dataName: string;
	rows: RunRows | null;
	/** The stored run that is shown; null while one trains. */
	opened: RunRecord | null;
	totalSteps: number;
	step: number;
	/** Loss of the last step; null before the first. */
	loss: number | null;
	heldOut: number | null;
	/** Reward margin of the last step, when training on pairs. */
	margin: number | null;
	tokensPerSecond: number | null;
	secondsLeft: number | null;
	samples: Sample[];
	notes: Note[];
	summary: RunSummary | null;
	error: ErrorInfo | null;
	/** Why the run is not stored on this device; null while it is. */
	storageProblem: MessageText | null;
	/** The GPU was lost after the step `lost`, and the run continued after the step `from`. */
	continued: { lost: number; from: number } | null;
	/** Show a desktop notification at the end. */
	notify: boolean;
}

export const initialRun: RunView = {
	state: "idle",
	stopping: false,
	phase: null,
	startedAt: null,
	pausedFor: 0,
	pausedAt: null,
	waited: null,
	settings: null,
	dataName: "",
	rows: null,
	opened: null,
	totalSteps: 0,
	step: 0,
	loss: null,
	heldOut: null,
	margin: null,
	tokensPerSecond: null,
	secondsLeft: null,
	samples: [],
	notes: [],
	summary: null,
	error: null,
	storageProblem: null,
	continued: null,
	notify: false,
};

export const useRun = create<RunView>()(() => initialRun);

/** The curves of the current run. Replaced, not cleared, so that an old run can stay as an overlay. */
let current = new RunSeries();

export const currentSeries = (): RunSeries => current;

/** Identifies the run whose events are shown. */
let shown: RunSeries = current;

/**
 * Resets the state for a run; returns the handler of its events, which ignores them once another run has started.
 * @param continued for a run that continues after the GPU was lost: its curve so far stays until the first events, which repeat
 *   everything up to its checkpoint
 */
export function beginRun(
	settings: RunSettings,
	dataName: string,
	totalSteps: number,
	{ continued = null, rows = null }: { continued?: RunView["continued"]; rows?: RunRows | null } = {},
): (events: RunEvent[]) => void {
	const series = new RunSeries();
	const pace = new Pace();
	const { notify } = useRun.getState();
	const startedAt = continued === null ? performance.now() : useRun.getState().startedAt;
	const about = { settings, dataName, totalSteps, rows, startedAt, continued, notify };
	const fresh = { ...initialRun, ...about, state: "preparing" as const };
	shown = series;
	if (continued === null) {
		current = series;
		useRun.setState(fresh);
	} else useRun.setState({ state: "preparing", error: null, phase: null, continued });
	return (events) => {
		if (series !== shown) return;
		if (series !== current && events.some(({ type }) => type !== "state" && type !== "phase")) {
			current = series;
			useRun.setState(({ state }) => ({ ...fresh, state }));
		}
		useRun.setState((view) => afterEvents(view, events, series, pace));
	};
}

/** Shows a stored run: its curve, its answers during training and its result. */
export function showRecord(record: RunRecord): void {
	const series = new RunSeries();
	for (const { step, loss, grad_norm, learning_rate } of record.steps)
		series.pushStep(step, loss, grad_norm, learning_rate);
	for (const { step, eval_loss, eval_score } of record.evals) series.pushEval(step, eval_loss, eval_score);
	series.best = record.summary?.best?.best_global_step ?? null;
	current = series;
	const last = record.steps.at(-1);
	useRun.setState({
		...initialRun,
		notify: useRun.getState().notify,
		state: record.state === "finished" ? "finished" : record.state === "failed" ? "failed" : "stopped",
		settings: record.settings,
		dataName: record.data.name,
		totalSteps: record.totalSteps,
		step: last?.step ?? 0,
		loss: last?.loss ?? null,
		heldOut: record.evals.at(-1)?.eval_loss ?? null,
		samples: record.samples,
		summary: record.summary,
		opened: record,
	});
}

/** The state after a batch of events that arrived at `now`, in milliseconds; also extends `series` and `pace`. */
export function afterEvents(
	view: RunView,
	events: RunEvent[],
	series: RunSeries,
	pace: Pace,
	now = performance.now(),
): Partial<RunView> {
	const next: Partial<RunView> = {};
	for (const event of events) {
		switch (event.type) {
			case "step":
				series.pushStep(event.step, event.loss, event.grad_norm, event.learning_rate);
				pace.push(event.elapsed, event.num_tokens);
				pace.stepped(event.step, now);
				next.step = event.step;
				next.loss = event.loss;
				next.margin = event.metrics?.["rewards/margins"] ?? null;
				break;
			case "eval":
				series.pushEval(event.step, event.eval_loss, event.eval_score);
				next.heldOut = event.eval_loss;
				break;
			case "best":
				series.best = event.best_global_step;
				break;
			case "sample":
				next.samples = [
					...(next.samples ?? view.samples),
					{ step: event.step, prompt: event.prompt, text: event.text },
				];
				break;
			case "skipped":
				next.notes = [...(next.notes ?? view.notes), { kind: "skipped", step: event.step, text: event.reason }];
				break;
			case "warning":
				next.notes = [...(next.notes ?? view.notes), { kind: "warning", step: null, text: event.message }];
				break;
			case "storage":
				next.storageProblem = event.problem;
				break;
			case "phase":
				pace.entered(event.phase, now);
				next.phase = event.phase;
				break;
			case "state":
				// The end of a run is reported by `train` itself, once its adapter can be used (actions.ts). A batch may arrive
				// later, through another port, and must not set the state back to running.
				if (isBusy(event.state) && isBusy(view.state)) next.state = event.state;
				if (event.state === "paused") pace.paused(now);
				if (event.state === "running") pace.resumed(now);
				break;
		}
	}
	if (next.step !== undefined) {
		next.tokensPerSecond = pace.tokensPerSecond;
		next.secondsLeft = pace.secondsLeft(next.step, view.totalSteps);
	}
	return next;
}

/** Whether a run uses the engine: no second run, generation or change of model is possible. */
export const isBusy = (state: RunView["state"]): boolean =>
	state === "preparing" || state === "running" || state === "paused";
