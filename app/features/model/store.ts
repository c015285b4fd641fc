// The engine as the page sees it: the worker's API, its device, the loaded model and the adapter in memory.
// `api` stands here so that tests can put another EngineApi in its place.

import { create } from "zustand";
import type {
	AdapterInfo,
	DeviceInfo,
	EngineApi,
	ErrorInfo,
	LoadProgress,
	ModelFacts,
	ModelInfo,
	ModelSource,
} from "../../../src/engine/api.ts";

/**
 * starting: looking for a GPU · loading: reading a model · ready · no-gpu: nothing to run on ·
 * failed: the first model did not load · crashed: the worker died.
 */
export type EnginePhase = "starting" | "loading" | "ready" | "no-gpu" | "failed" | "crashed";

export interface EngineState {
	api: EngineApi | null;
	phase: EnginePhase;
	device: DeviceInfo | null;
	model: ModelInfo | null;
	/** Where `model` came from, to load it again after a restart. */
	source: ModelSource;
	progress: LoadProgress | null;
	error: ErrorInfo | null;
	/** Why the last opened folder was refused, while the model before it stays. */
	modelError: ErrorInfo | null;
	adapter: AdapterInfo | null;
	/** A chosen folder that has been looked into and not loaded: it does not fit, and the person decides. */
	waiting: { facts: ModelFacts; source: ModelSource } | null;
	/** What the folder that is being loaded holds. */
	facts: ModelFacts | null;
}

export const useEngine = create<EngineState>()(() => ({
	api: null,
	phase: "starting",
	device: null,
	model: null,
	source: { kind: "demo" },
	progress: null,
	error: null,
	modelError: null,
	adapter: null,
	waiting: null,
	facts: null,
}));
