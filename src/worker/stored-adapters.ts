// Loads the adapters of stored runs for the open model. The last few stay in memory, so that switching between them reads no files.
import type { OpenedAdapter } from "../engine/adapters/adapter-files.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { baseFacts, baseOf, type OpenModel } from "./open-model.ts";
import { recordFacts } from "./run-facts.ts";
import type { RunStore } from "./run-store.ts";

const MOST_IN_MEMORY = 8;

export class StoredAdapters {
	private cache: { readonly of: LoadedModel | null; readonly adapters: Map<string, OpenedAdapter> } = {
		of: null,
		adapters: new Map(),
	};

	/** @throws TabTuneError "adapter" if the adapter is for another base */
	async get(open: OpenModel, store: RunStore, id: string): Promise<OpenedAdapter> {
		const record = await store.record(id);
		const base = baseOf(open.runtime.model);
		if (this.cache.of !== base) this.cache = { of: base, adapters: new Map() };
		const { adapters } = this.cache;
		const key = `${id} ${record.checkpoint}`;
		const opened = adapters.get(key) ?? (await store.adapter(open.runtime.model, record));
		// The key moves to the end: the first one is the least recently used.
		adapters.delete(key);
		adapters.set(key, opened);
		const [oldest] = adapters.keys();
		if (adapters.size > MOST_IN_MEMORY) adapters.delete(oldest);
		return { ...opened, adapter: { ...opened.adapter, facts: recordFacts(baseFacts(open), record) } };
	}
}
