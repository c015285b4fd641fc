// The engine behind the page: every call of EngineApi over one state. Wires the rooms together; no maths here. To add a call:
// a method in the file of calls/ that it belongs to.
import type { EngineApi } from "../engine/api.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/worker.en.ts";
import { adapterCalls } from "./api/adapters.ts";
import { answerCalls } from "./api/answers.ts";
import { methodCalls } from "./api/methods.ts";
import { modelCalls } from "./api/models.ts";
import { runCalls } from "./api/runs.ts";
import { EngineState } from "./engine-state.ts";

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
