// Types of the adapter library: adapters that were imported rather than trained on this device, and generation with several
// adapters in one batch.
import type { AdapterRef } from "./api-rank.ts";

/** Origin of a stored adapter that was not trained in a run on this device. */
export interface KeptAdapter {
	from: "file" | "memory";
	r: number;
	bytes: number; // file size
}

/** The model for one slot of a batch: an adapter, or the base without an adapter. */
export type SlotRef = AdapterRef | { kind: "base" };

/** Throughput of a batch over all slots. */
export interface BatchThroughput {
	/** Total over all slots. */
	tokens: number;
	/** From the start of the prompt until the last slot finishes, without shader compilation. */
	seconds: number;
}
