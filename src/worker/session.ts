// The engine behind the page: every call of EngineApi over one desk. Wires the rooms together; no maths here. To add a call:
// a method in the file of calls/ that it belongs to.
import type { EngineApi } from "../engine/api.ts";
import { TabTuneError } from "../engine/errors.ts";
import { adapterCalls } from "./calls/adapters.ts";
import { answerCalls } from "./calls/answers.ts";
import { methodCalls } from "./calls/methods.ts";
import { modelCalls } from "./calls/models.ts";
import { runCalls } from "./calls/runs.ts";
import { Desk } from "./desk.ts";

/** @param findGpu where WebGPU comes from: the browser's, unless something else is given */
export function session(findGpu: () => Promise<GPU> = browserGpu): EngineApi {
	const desk = new Desk(findGpu);
	return {
		...modelCalls(desk),
		...runCalls(desk),
		...answerCalls(desk),
		...adapterCalls(desk),
		...methodCalls(desk),
	};
}

async function browserGpu(): Promise<GPU> {
	if (navigator.gpu === undefined) {
		throw new TabTuneError("no-adapter", {
			what: "this browser has no WebGPU",
			next: "use a current Chrome or Edge, version 113 or later, on a page served over https or from localhost",
		});
	}
	return navigator.gpu;
}
