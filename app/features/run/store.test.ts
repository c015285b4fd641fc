// The run's reducer: how batches of worker events change the state.
import { describe, expect, test } from "vitest";
import type { RunEvent, RunPhase } from "../../../src/engine/api.ts";
import { PAGE_DEFAULTS, plannedSteps } from "../../../src/shared/settings.ts";
import { RunSeries } from "./series.ts";
import { afterEvents, initialRun, type RunView } from "./store.ts";
import { Pace } from "./throughput.ts";

const stepEvent = (step: number, loss: number, elapsed: number): RunEvent => ({
	type: "step",
	step,
	loss,
	grad_norm: 1,
	learning_rate: 1e-3,
	num_tokens: 500,
	elapsed,
});

function play(...batches: RunEvent[][]): { view: RunView; series: RunSeries } {
	const series = new RunSeries();
	const pace = new Pace();
	let view: RunView = { ...initialRun, state: "preparing", totalSteps: 10 };
	// A batch arrives every second.
	for (const [i, batch] of batches.entries()) view = { ...view, ...afterEvents(view, batch, series, pace, 1000 * i) };
	return { view, series };
}

describe("run", () => {
	test("a batch of steps gives the last step, and the speed by the engine's clock", () => {
		const { view, series } = play(
			[{ type: "state", state: "running" }],
			[stepEvent(1, 3, 5), stepEvent(2, 2.5, 5.5), stepEvent(3, 2, 6)],
		);
		expect(view).toMatchObject({ state: "running", step: 3, loss: 2, tokensPerSecond: 1000 });
		expect(series.step.length).toBe(3);
	});

	test("the time left counts evaluations and answers, but no pause and not the first step", () => {
		const enter = (phase: RunPhase): RunEvent => ({ type: "phase", phase });
		const state = (value: "paused" | "running"): RunEvent => ({ type: "state", state: value });
		const { view } = play(
			[state("running"), enter("compiling")],
			[],
			[],
			[stepEvent(1, 3, 3), enter("training")], // 3 s
			[stepEvent(2, 3, 3.1)],
			[enter("measuring")],
			[enter("training")], // 1 s of measuring
			[stepEvent(3, 3, 3.2), state("paused")], // 7 s
			[],
			[],
			[state("running")],
			[stepEvent(4, 3, 3.3)], // 5 s without the pause, for 3 steps
		);
		expect(view.phase).toBe("training");
		expect(view.secondsLeft).toBeCloseTo((5 / 3) * 6 + 1, 10);
	});

	test("one step is not enough for a speed", () => {
		expect(play([stepEvent(1, 3, 5)]).view).toMatchObject({ tokensPerSecond: null, secondsLeft: null });
	});

	test("evaluations, samples, skipped steps and warnings are stored in order", () => {
		const { view, series } = play(
			[{ type: "eval", step: 0, eval_loss: 2.3, eval_tokens: 10 }],
			[
				{ type: "sample", step: 1, prompt: "p", text: "one" },
				{ type: "sample", step: 2, prompt: "p", text: "two" },
			],
			[
				{ type: "skipped", step: 2, reason: "NaN" },
				{ type: "warning", message: "careful" },
			],
		);
		expect(view.heldOut).toBe(2.3);
		expect(series.evalLoss.at(0)).toBe(2.3);
		expect(view.samples.map((s) => s.text)).toEqual(["one", "two"]);
		expect(view.notes).toEqual([
			{ kind: "skipped", step: 2, text: "NaN" },
			{ kind: "warning", step: null, text: "careful" },
		]);
	});

	test("pause and resume change the state; the end is reported by train()", () => {
		expect(play([{ type: "state", state: "paused" }]).view.state).toBe("paused");
		expect(play([{ type: "state", state: "running" }], [{ type: "state", state: "finished" }]).view.state).toBe(
			"running",
		);
	});

	test("a batch that arrives after the end does not set the state back to running", () => {
		const over: RunView = { ...initialRun, state: "finished" };
		expect(afterEvents(over, [{ type: "state", state: "running" }], new RunSeries(), new Pace()).state).toBeUndefined();
	});

	test("planned steps: max_steps, or epochs when it is -1", () => {
		expect(plannedSteps({ ...PAGE_DEFAULTS, max_steps: 60 }, 6)).toBe(60);
		expect(plannedSteps({ ...PAGE_DEFAULTS, max_steps: -1, num_train_epochs: 2.5 }, 7)).toBe(18);
	});
});
