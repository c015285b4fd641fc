// State of the engine: the worker's API, the device, the loaded model and the adapter in memory. `api` is part of the
// state so that tests can replace it.

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
 * starting: looking for a GPU · loading: reading a model · ready · no-gpu: no usable GPU ·
 * failed: the first model could not be loaded · lost: the GPU was lost · crashed: the worker died.
 */
export type EnginePhase = "starting" | "loading" | "ready" | "no-gpu" | "failed" | "lost" | "crashed";

export interface EngineState {
	api: EngineApi | null;
	phase: EnginePhase;
	device: DeviceInfo | null;
	/** The loaded model, with the tokens and the weights that the adapter's files change. */
	model: ModelInfo | null;
	/** The model as its own files have it. */
	base: ModelInfo | null;
	/** Source of `model`, to load it again after a restart. */
	source: ModelSource;
	progress: LoadProgress | null;
	error: ErrorInfo | null;
	/** After the GPU was lost: the page is using another one. */
	recovering: boolean;
	/** After the GPU was lost: when the page asks for it again, in milliseconds since 1970; null if it waits for the user. */
	retryAt: number | null;
	/** Why the last model could not be opened, while the previous one stays loaded. */
	modelError: ErrorInfo | null;
	adapter: AdapterInfo | null;
	/** An inspected model that does not fit and waits for confirmation. */
	waiting: { facts: ModelFacts; source: ModelSource } | null;
	/** Facts about the model being loaded. */
	facts: ModelFacts | null;
}

export const useEngine = create<EngineState>()(() => ({
	api: null,
	phase: "starting",
	device: null,
	model: null,
	base: null,
	source: { kind: "demo" },
	progress: null,
	error: null,
	recovering: false,
	retryAt: null,
	modelError: null,
	adapter: null,
	waiting: null,
	facts: null,
}));

/** Sets the adapter in memory, and the model as this adapter's files change it. */
export function setAdapter(adapter: AdapterInfo | null): void {
	useEngine.setState(({ model: before, base }) => {
		const model = adapter?.model ?? base ?? before;
		// Another object would have the rows tokenised again.
		return { adapter, model: JSON.stringify(model) === JSON.stringify(before) ? before : model };
	});
}
