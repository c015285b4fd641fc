// A run and a comparison against a fake engine: order of calls, and the state after errors.
import { beforeEach, describe, expect, test, vi } from "vitest";
import type {
	AdapterInfo,
	DataInfo,
	EngineApi,
	GenerateRequest,
	ModelInfo,
	ModelSource,
	RunSummary,
} from "../../../src/engine/api.ts";
import { planGguf, writeGguf } from "../../../src/engine/formats/gguf-write.ts";
import { EngineError, toErrorInfo } from "../../engine.ts";
import { compareSides } from "../compare/actions.ts";
import { EMPTY_ANSWER, useCompare } from "../compare/store.ts";
import { useData } from "../data/store.ts";
import { baseName, pythonLines, shellWord } from "../export/actions.ts";
import { loadModel, openGguf } from "../model/actions.ts";
import { useEngine } from "../model/store.ts";
import { startBlocker, startRun } from "../run/actions.ts";
import { initialRun, useRun } from "../run/store.ts";
import { initialSettings, useSettings } from "../settings/store.ts";

const MODEL = { name: "m", parameters: 1000, rankLimits: {} } as Partial<ModelInfo> as ModelInfo;
const ADAPTER = { name: "a", r: 8, adapterBytes: 10 } as AdapterInfo;
const SUMMARY: RunSummary = {
	state: "finished",
	steps: 2,
	firstEvalLoss: 2,
	lastEvalLoss: 1,
	lastLoss: 1,
	elapsed: 3,
	trainableParameters: 8,
	adapterBytes: 10,
	peakBytes: 20,
	stepMilliseconds: 5,
	tokensPerSecond: 100,
};

const INFO: DataInfo = {
	kind: "text",
	rows: 4,
	heldOutRows: 1,
	skippedRows: 0,
	unmapped: { count: 0, first: [] },
	truncatedRows: 0,
	tokens: 40,
	trainedTokens: 20,
	stepsPerEpoch: 4,
	warnings: [],
	preview: [],
	lengths: { width: 1, counts: [4], longest: 0, max_length: 64 },
	duplicates: [],
	duplicateRows: 0,
	leakedRows: 0,
	samplePrompt: "Hello?",
};

function engine(parts: Partial<EngineApi>): EngineApi {
	const refuse = () => Promise.reject(new Error("not expected here"));
	const names = ["probe", "loadModel", "describeData", "estimate", "train", "pause", "resume", "stop"];
	const more = ["generate", "cancelGenerate", "adapter", "exportAdapter", "importAdapter", "removeAdapter"];
	return { ...Object.fromEntries([...names, ...more].map((n) => [n, refuse])), ...parts } as EngineApi;
}

const answer = (asked: GenerateRequest[]) => async (request: GenerateRequest, onText: (piece: string) => void) => {
	asked.push(request);
	const text = request.adapterStrength === 0 ? "plain" : "salty";
	onText(text.slice(0, 2));
	return { text, input_ids: [], output_ids: [], stopped: "eos" as const };
};

function ready(api: EngineApi): void {
	useEngine.setState({ api, phase: "ready", model: MODEL, adapter: null, modelError: null });
	useData.setState({ status: "ready", source: { name: "set", format: "jsonl", blob: new Blob([]) }, info: INFO });
}

beforeEach(() => {
	useRun.setState(initialRun);
	useSettings.setState(initialSettings);
	useCompare.setState({ prompt: "Hello?", base: EMPTY_ANSWER, tuned: EMPTY_ANSWER, generating: false, error: null });
});

describe("a run", () => {
	test("ends with its summary, the adapter, and both answers", async () => {
		const asked: GenerateRequest[] = [];
		const train = vi.fn<EngineApi["train"]>(async (_request, onEvents) => {
			onEvents([{ type: "state", state: "running" }]);
			expect(startBlocker()).toBe("busy");
			return SUMMARY;
		});
		ready(engine({ train, adapter: async () => ADAPTER, generate: answer(asked) }));
		await startRun(false);
		expect(train.mock.calls[0][0]).toMatchObject({ samplePrompt: "Hello?", continueAdapter: false, sampleEvery: 8 });
		expect(useRun.getState()).toMatchObject({ state: "finished", summary: SUMMARY });
		expect(asked.map((r) => r.adapterStrength)).toEqual([0, 1]);
		expect(useCompare.getState()).toMatchObject({
			base: { text: "plain", state: "done" },
			tuned: { text: "salty", state: "done" },
			generating: false,
		});
	});

	test("answers are generated with the template variables of the adapter's run and of the settings", async () => {
		const asked: GenerateRequest[] = [];
		const training = {
			data: { name: "set" },
			settings: { chat_template_kwargs: { enable_thinking: false, locale: "fr" } },
		};
		ready(engine({ generate: answer(asked) }));
		useEngine.setState({ adapter: { ...ADAPTER, training } as unknown as AdapterInfo });
		const { settings } = useSettings.getState();
		useSettings.setState({ settings: { ...settings, chat_template_kwargs: { locale: "de" } } });
		for (const mode of ["one", "chat"] as const) {
			useCompare.setState({ mode, prompt: "Hello?" });
			await compareSides();
		}
		expect(asked.map((request) => request.chat_template_kwargs)).toEqual(
			Array(4).fill({ enable_thinking: false, locale: "de" }),
		);
		expect(pythonLines("base")).toContain(', **{"enable_thinking": False, "locale": "de"}, return_tensors');
		useCompare.setState({ mode: "one", chat: [] });
	});

	test("an error is shown and Start is enabled again", async () => {
		const busy = new EngineError({ code: "busy", what: "another tab is training", next: "Stop it there" });
		ready(engine({ train: () => Promise.reject(busy), adapter: async () => null }));
		await startRun(false);
		expect(useRun.getState()).toMatchObject({ state: "failed", error: { code: "busy" } });
		expect(startBlocker()).toBeNull();
	});

	test("reports why Start is disabled", () => {
		ready(engine({}));
		expect(startBlocker()).toBeNull();
		useSettings.setState({ drafts: { r: { text: "0", problem: { kind: "number" } } } });
		expect(startBlocker()).toBe("settings");
		useData.setState({ status: "failed" });
		expect(startBlocker()).toBe("data");
		useEngine.setState({ phase: "loading" });
		expect(startBlocker()).toBe("model");
	});
});

test("without an adapter only the base is asked", async () => {
	const asked: GenerateRequest[] = [];
	ready(engine({ generate: answer(asked) }));
	await compareSides();
	expect(asked.length).toBe(1);
	expect(useCompare.getState().tuned).toEqual(EMPTY_ANSWER);
});

test("a folder that cannot be loaded leaves the previous model", async () => {
	ready(
		engine({ loadModel: () => Promise.reject(new EngineError({ code: "model", what: "config.json is missing" })) }),
	);
	expect(await loadModel({ kind: "files", name: "x", files: [] })).toBe(false);
	expect(useEngine.getState()).toMatchObject({
		phase: "ready",
		model: MODEL,
		modelError: { what: "config.json is missing" },
	});
});

describe("errors across the worker boundary", () => {
	test("ErrorInfo arrives unchanged", () => {
		const info = { code: "data", what: "row 17 is not JSON", next: "Correct it" };
		expect(toErrorInfo(info)).toEqual(info);
		expect(toErrorInfo(new EngineError(info))).toEqual(info);
	});

	test("other errors keep their message", () => {
		expect(toErrorInfo(new TypeError("x is undefined"))).toMatchObject({ code: "internal", what: "x is undefined" });
		expect(toErrorInfo("odd")).toEqual({ code: "internal", what: "odd" });
	});
});

describe("GGUF files that are chosen or dropped", () => {
	test("all parts of a split model are opened together, under its name", async () => {
		const inspectModel = vi.fn<EngineApi["inspectModel"]>(() => Promise.reject(new Error("read")));
		ready(engine({ inspectModel }));
		const names = ["m-00002-of-00002.gguf", "m-00001-of-00002.gguf"];
		await openGguf(names.map((name) => new File(["GGUF"], name)));
		const [[source]] = inspectModel.mock.calls;
		expect(source).toMatchObject({ kind: "files", name: "m", files: names.map((path) => ({ path })) });
	});

	test("a LoRA adapter is imported", async () => {
		const model = { ...MODEL, vocab_size: 58 };
		const importAdapter = vi.fn<EngineApi["importAdapter"]>(async () => ({ ...ADAPTER, model }));
		ready(engine({ importAdapter }));
		const field = (key: string, value: string) => ({ key, kind: "text" as const, value });
		const bytes = await writeGguf(
			planGguf([field("general.architecture", "llama"), field("general.type", "adapter")], []),
		);
		const file = new File([bytes], "lora.gguf");
		await openGguf([file]);
		expect(importAdapter).toHaveBeenCalledWith(file);
		// The page shows the model as the adapter's files change it.
		expect(useEngine.getState()).toMatchObject({ adapter: { r: 8 }, model: { vocab_size: 58 } });
		useEngine.setState({ base: { ...MODEL, vocab_size: 53 } });
		expect(pythonLines("m")).toContain("from_pretrained(base)\nmodel.resize_token_embeddings(58)\nmodel = PeftModel");
		useEngine.setState({ base: model });
		expect(pythonLines("m")).not.toContain("resize_token_embeddings");
	});
});

test("commands for other programs name the base that is loaded", () => {
	const files = (...paths: string[]) => paths.map((path) => ({ path, blob: new Blob([]) }));
	const name = (source: ModelSource, model: string) => {
		const state = { model: { ...MODEL, name: model }, source };
		return [baseName(state, "folder"), baseName(state, "gguf")];
	};
	expect(name({ kind: "demo" }, "demo")).toEqual(["public/base-model", "base-model.gguf"]);
	expect(name({ kind: "kept", key: "k", name: "o/m" }, "o/m@main")).toEqual(["o/m", "m.gguf"]);
	expect(name({ kind: "files", name: "M", files: files("config.json") }, "M")).toEqual(["M", "M.gguf"]);
	const split = files("m-00001-of-00002.gguf", "m-00002-of-00002.gguf");
	expect(name({ kind: "files", name: "m", files: split }, "m")[1]).toBe("m-00001-of-00002.gguf");
	expect(["a/b-1", "my model", "it's"].map(shellWord)).toEqual(["a/b-1", "'my model'", "'it'\\''s'"]);
});
