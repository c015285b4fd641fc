// TabTune's engine as a package for web pages: `createEngine()`, called in a worker, or in the page where a blocked main
// thread does not matter. It has the same calls as TabTune's page; see docs/package.md.
import type { EngineApi } from "../engine/api.ts";
import { createEngine as createWorkerEngine } from "../worker/api/index.ts";

import "../shared/messages/en.ts";

export type * from "../engine/api.ts";
export { TabTuneError } from "../shared/errors.ts";
export { runSettings } from "./run-settings.ts";

export interface EngineOptions {
	/** Where WebGPU comes from; the browser's `navigator.gpu` when absent. */
	readonly gpu?: GPU;
}

/**
 * An engine: one device, one model, one adapter in memory. Models are given as files; `{ kind: "demo" }` is of TabTune's
 * own page alone. Rejections are `TabTuneError`s, which say what is wrong, where, and what to do next.
 */
export function createEngine({ gpu }: EngineOptions = {}): EngineApi {
	return gpu === undefined ? createWorkerEngine() : createWorkerEngine(async () => gpu);
}
