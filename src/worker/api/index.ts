// The engine: every call of EngineApi over one EngineState.
import type { EngineApi } from "../../engine/api.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { workerMessage } from "../../shared/messages/index.ts";
import { EngineState } from "../engine-state.ts";
import { adapterCalls } from "./adapters.ts";
import { answerCalls } from "./answers.ts";
import { measureCalls } from "./measure.ts";
import { methodCalls } from "./methods.ts";
import { modelCalls } from "./models.ts";
import { runCalls } from "./runs.ts";

/** @param findGpu returns the WebGPU implementation; the browser's by default */
export function createEngine(findGpu: () => Promise<GPU> = browserGpu): EngineApi {
	const state = new EngineState(findGpu);
	return {
		...modelCalls(state),
		...runCalls(state),
		...answerCalls(state),
		...adapterCalls(state),
		...methodCalls(state),
		...measureCalls(state),
	};
}

async function browserGpu(): Promise<GPU> {
	if (navigator.gpu === undefined) {
		throw new TabTuneError("no-adapter", {
			what: workerMessage("noWebGpu"),
			next: workerMessage("noWebGpu.next"),
		});
	}
	return navigator.gpu;
}
