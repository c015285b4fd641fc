// Loads the adapters of stored runs for the open model. The last few stay in memory, so that switching between them reads no files.
import type { Adapter } from "../engine/adapters/adapter.ts";
import { baseFacts, type OpenModel } from "./open-model.ts";
import { recordFacts } from "./run-facts.ts";
import type { RunStore } from "./run-store.ts";

const MOST_IN_MEMORY = 8;

export class StoredAdapters {
	private cache: { readonly of: OpenModel | null; readonly adapters: Map<string, Adapter> } = {
		of: null,
		adapters: new Map(),
	};

	/** @throws TabTuneError "adapter" if the adapter is for another base */
	async get(open: OpenModel, store: RunStore, id: string): Promise<Adapter> {
		const record = await store.record(id);
		if (this.cache.of !== open) this.cache = { of: open, adapters: new Map() };
		const { adapters } = this.cache;
		const key = `${id} ${record.checkpoint}`;
		const adapter = adapters.get(key) ?? (await store.adapter(open.runtime.model, record));
		// The key moves to the end: the first one is the least recently used.
		adapters.delete(key);
		adapters.set(key, adapter);
		const [oldest] = adapters.keys();
		if (adapters.size > MOST_IN_MEMORY) adapters.delete(oldest);
		return { ...adapter, facts: recordFacts(baseFacts(open), record) };
	}
}
