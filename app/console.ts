// The engine in the browser's console: `await tabtune.engine.counters()`, `await tabtune.engine.exportAdapter()`. For
// tinkering, and for the tests that hold whole runs in this page to PyTorch's numbers.

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
