// A lost GPU against a fake engine: what continues by itself, and what waits for the user.
import { beforeEach, expect, test, vi } from "vitest";
import type { DataInfo, EngineApi, MethodInfo, ModelInfo, RunRecord, RunSummary } from "../../../src/engine/api.ts";
import { EMPTY_ANSWER, useCompare } from "../compare/store.ts";
import { useData } from "../data/store.ts";
import { compareMethods } from "../methods/actions.ts";
import { useMethods } from "../methods/store.ts";
import { useEngine } from "../model/store.ts";
import { startRace } from "../rank-lab/race-actions.ts";
import { useRace } from "../rank-lab/race-store.ts";
import { startBlocker, startRun } from "../run/actions.ts";
import { initialRun, useRun } from "../run/store.ts";
import { restartGpu, watchGpuLoss } from "./gpu-loss.ts";

const LOST = { code: "device-lost", what: "the GPU was lost" };
const MODEL = { name: "m", parameters: 1000, rankLimits: {} } as ModelInfo;
const SUMMARY = { state: "finished", steps: 9, lastLoss: 1, elapsed: 1 } as RunSummary;

/** A record of the run that is started in the test. */
const record = (checkpoint: number | null) =>
	({
		...{ id: "1", created: Date.now(), state: "failed", error: LOST, checkpoint },
		...RECORD,
	}) as unknown as RunRecord;
const RECORD = { resumable: true, deleted: false, totalSteps: 9, steps: [], evals: [], settings: {}, name: "set" };

/** An engine whose first run loses the GPU after step 4. */
function engine(checkpoint: number | null | "not stored") {
	const kept = checkpoint === "not stored" ? [] : [record(checkpoint)];
	let runs = 0;
	const calls = {
		train: vi.fn<EngineApi["train"]>(async (_request, onEvents) => {
			if (++runs > 1) return SUMMARY;
			const step = {
				type: "step",
				step: 4,
				loss: 1,
				grad_norm: 1,
				learning_rate: 1,
				num_tokens: 1,
				elapsed: 1,
			} as const;
			onEvents([{ type: "state", state: "running" }, step]);
			useEngine.setState({ phase: "lost", error: LOST });
			throw LOST;
		}),
		resumeRun: vi.fn<EngineApi["resumeRun"]>(async () => SUMMARY),
		recover: vi.fn<EngineApi["recover"]>(async () => MODEL),
	};
	const others = {
		probe: async () => ({}),
		adapter: async () => null,
		gpuLost: () => new Promise(() => undefined),
		runs: async () => kept.map((one) => ({ ...one, created: Date.now() })),
		storage: async () => ({ available: true, usedBytes: 0, quotaBytes: 1 }),
		generate: async () => ({ text: "", input_ids: [], output_ids: [], stopped: "eos" }),
	};
	const api = { ...others, ...calls } as unknown as EngineApi;
	useEngine.setState({ api, phase: "ready", model: MODEL, base: MODEL, adapter: null, error: null, retryAt: null });
	return calls;
}

const LORA = { name: "lora", settings: {}, learningRateScale: 1 } as MethodInfo;

watchGpuLoss();

beforeEach(() => {
	useRun.setState(initialRun);
	useData.setState({
		status: "ready",
		origin: { kind: "gallery", id: "set" },
		source: { name: "set", format: "jsonl", blob: new Blob([]) },
		info: { stepsPerEpoch: 9, samplePrompt: "" } as DataInfo,
	});
	useCompare.setState({ prompt: "Hello?", base: { ...EMPTY_ANSWER, state: "done" }, generating: false, error: null });
});

const ends = () => vi.waitFor(() => expect(useRun.getState().state).toBe("finished"));

test("a run continues from its checkpoint", async () => {
	const { train, resumeRun } = engine(3);
	await startRun(false);
	await ends();
	expect(resumeRun).toHaveBeenCalledWith("1", expect.anything());
	expect(train).toHaveBeenCalledTimes(1);
	expect(useRun.getState().continued).toEqual({ lost: 4, from: 3 });
});

test.each(["not stored", null] as const)("a run without a checkpoint starts again (%s)", async (checkpoint) => {
	const { train, resumeRun } = engine(checkpoint);
	await startRun(false);
	await ends();
	expect(train.mock.calls.length + resumeRun.mock.calls.length).toBe(2);
	expect(useRun.getState().continued).toEqual({ lost: 4, from: 0 });
});

/** An engine whose first call loses the GPU and whose second answers. */
function losesOnce<T>(result: T) {
	return vi
		.fn(async () => result)
		.mockImplementationOnce(async () => {
			useEngine.setState({ phase: "lost", error: LOST });
			throw LOST;
		});
}

test("a race starts again", async () => {
	engine(null);
	const race = losesOnce({ table: { slots: [], heats: [] }, summary: SUMMARY });
	const { api } = useEngine.getState();
	useEngine.setState({ api: { ...api, race } as unknown as EngineApi });
	await startRace();
	await ends();
	expect(race).toHaveBeenCalledTimes(2);
	expect(useRace.getState()).toMatchObject({ error: null, running: null });
});

test("a comparison of methods continues with the run that was lost", async () => {
	engine(null);
	const trained = { train: losesOnce(SUMMARY), methodCost: async () => null, measureAdapter: async () => null };
	const { api } = useEngine.getState();
	useEngine.setState({ api: { ...api, ...trained, updateRun: async () => undefined } as unknown as EngineApi });
	useMethods.setState({ known: [LORA], chosen: ["lora"], seeds: "1, 2" });
	await compareMethods();
	await vi.waitFor(() => expect(useMethods.getState()).toMatchObject({ running: null, queue: [], error: null }));
	expect(trained.train).toHaveBeenCalledTimes(3);
	expect(useMethods.getState().table?.rows.map(({ runs }) => runs.map(({ seed }) => seed))).toEqual([[1, 2]]);
});

test("an idle page recovers once by itself, then at the user's request", async () => {
	const { recover } = engine(null);
	useEngine.setState({ phase: "lost", error: LOST });
	await vi.waitFor(() => expect(useEngine.getState().phase).toBe("ready"));
	expect(recover).toHaveBeenCalledTimes(1);
	useEngine.setState({ phase: "lost", error: LOST });
	await new Promise((resolve) => setTimeout(resolve));
	expect(useEngine.getState().phase).toBe("lost");
	expect(startBlocker()).toBe("model");
	await restartGpu();
	expect(useEngine.getState().phase).toBe("ready");
	expect(recover).toHaveBeenCalledTimes(2);
});

test("while the browser gives no GPU, the page asks again when it may", async () => {
	vi.useFakeTimers();
	try {
		const { recover } = engine(null);
		recover.mockRejectedValueOnce({ code: "no-adapter", what: "no GPU" });
		useEngine.setState({ phase: "lost", error: LOST });
		await vi.waitFor(() => expect(useEngine.getState().retryAt).not.toBeNull());
		expect(useEngine.getState().phase).toBe("lost");
		await vi.advanceTimersByTimeAsync(120_000);
		expect(useEngine.getState().phase).toBe("ready");
		expect(recover).toHaveBeenCalledTimes(2);
	} finally {
		vi.useRealTimers();
	}
});
