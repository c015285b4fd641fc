// What crosses the worker about the library: adapters that did not come out of a run of this device, and several of them
// answering at once. Part of api.ts, which the app imports.
import type { AdapterRef } from "./api-rank.ts";

/** Where a kept adapter that is no run's came from. */
export interface KeptAdapter {
	from: "file" | "memory";
	r: number;
	bytes: number; // of its file
}

/** Who answers in a slot: an adapter, or the base without one. */
export type SlotRef = AdapterRef | { kind: "base" };

/** What the slots did together. */
export interface BatchThroughput {
	/** Of all slots. */
	tokens: number;
	/** From the prompt's first token to the last slot's end, compiling left out. */
	seconds: number;
}
