// The engine: every call of EngineApi over one EngineState. To add a call: a method in EngineApi and in the file here that it
// belongs to.
import type { EngineApi } from "../../engine/api.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { workerMessage } from "../../shared/messages/worker.en.ts";
import { EngineState } from "../engine-state.ts";
import { adapterCalls } from "./adapters.ts";
import { answerCalls } from "./answers.ts";
import { methodCalls } from "./methods.ts";
import { modelCalls } from "./models.ts";
import { runCalls } from "./runs.ts";

/** @param findGpu where WebGPU comes from: the browser's, unless something else is given */
export function createEngine(findGpu: () => Promise<GPU> = browserGpu): EngineApi {
	const state = new EngineState(findGpu);
	return {
		...modelCalls(state),
		...runCalls(state),
		...answerCalls(state),
		...adapterCalls(state),
		...methodCalls(state),
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
