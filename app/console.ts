// Exposes the engine in the browser's console, e.g. `await tabtune.engine.counters()`, for experiments and for the tests
// that compare whole runs in the page with PyTorch.

import type { EngineApi } from "../src/engine/api.ts";
import { useEngine } from "./features/model/store.ts";

declare global {
	var tabtune: { readonly engine: EngineApi | null };
}

export function openConsole(): void {
	globalThis.tabtune = {
		get engine() {
			return useEngine.getState().api;
		},
	};
}
