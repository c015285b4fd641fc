// The run on the page. React sees small numbers ten times a second at most (the worker batches its events);
// the curves grow in a RunSeries outside React. `afterEvents` is the reducer: pure but for the series it fills.
// To show more of a run: take it from the event here, and give it a place in RunView.

import { create } from "zustand";
import type { ErrorInfo, RunEvent, RunSettings, RunState, RunSummary } from "../../../src/engine/api.ts";
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

export interface RunView {
	state: "idle" | RunState;
	/** Stop was pressed; the step in hand still runs. */
	stopping: boolean;
	/** Settings and data the run was started with, not those on the panel. */
	settings: RunSettings | null;
	dataName: string;
	totalSteps: number;
	step: number;
	/** Loss of the last step; null before the first. */
	loss: number | null;
	heldOut: number | null;
	/** Of the last step on pairs of answers. */
	margin: number | null;
	tokensPerSecond: number | null;
	secondsLeft: number | null;
	samples: Sample[];
	notes: Note[];
	summary: RunSummary | null;
	error: ErrorInfo | null;
	/** A desktop notification is wanted at the end. */
	notify: boolean;
}

export const initialRun: RunView = {
	state: "idle",
	stopping: false,
	settings: null,
	dataName: "",
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
	notify: false,
};

export const useRun = create<RunView>()(() => initialRun);

/** The curves of the run on the page; replaced, not cleared, so that an old run may be kept for an overlay. */
let current = new RunSeries();

export const currentSeries = (): RunSeries => current;

/** Clears the page for a run; returns what takes its events, and ignores them once another run has begun. */
export function beginRun(settings: RunSettings, dataName: string, totalSteps: number): (events: RunEvent[]) => void {
	const series = new RunSeries();
	const pace = new Pace();
	current = series;
	useRun.setState({ ...initialRun, state: "preparing", settings, dataName, totalSteps });
	return (events) => {
		if (series === current) useRun.setState((view) => afterEvents(view, events, series, pace));
	};
}

/** The view after a batch of events; fills `series` and `pace` on the way. */
export function afterEvents(view: RunView, events: RunEvent[], series: RunSeries, pace: Pace): Partial<RunView> {
	const next: Partial<RunView> = {};
	for (const event of events) {
		switch (event.type) {
			case "step":
				series.pushStep(event.step, event.loss, event.grad_norm, event.learning_rate);
				pace.push(event.elapsed, event.num_tokens);
				next.step = event.step;
				next.loss = event.loss;
				next.margin = event.rewards?.margin ?? null;
				break;
			case "eval":
				series.pushEval(event.step, event.eval_loss);
				next.heldOut = event.eval_loss;
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
			case "state":
				// How a run ended is said by `train` itself, once its adapter can be used (actions.ts). A batch may
				// arrive after that, for it comes by another port: it no longer wakes the run.
				if (isBusy(event.state) && isBusy(view.state)) next.state = event.state;
				break;
		}
	}
	if (next.step !== undefined) {
		const perStep = pace.secondsPerStep;
		next.tokensPerSecond = pace.tokensPerSecond;
		next.secondsLeft = perStep === null ? null : perStep * Math.max(0, view.totalSteps - next.step);
	}
	return next;
}

/** A run holds the engine: no second one, no generation, no change of model. */
export const isBusy = (state: RunView["state"]): boolean =>
	state === "preparing" || state === "running" || state === "paused";

/** Steps a run will take: max_steps, or by epochs when that is -1. */
export function plannedSteps(settings: RunSettings, stepsPerEpoch: number): number {
	return settings.max_steps > 0 ? settings.max_steps : Math.ceil(settings.num_train_epochs * stepsPerEpoch);
}
