// Starts the worker that fetches models, when a person first asks for one; the rest of the page sees its HubApi.
import * as Comlink from "comlink";
import type { HubApi } from "../../../src/engine/api.ts";

let api: HubApi | null = null;

export function fetcher(): HubApi {
	if (api !== null) return api;
	const worker = new Worker(new URL("../../../src/worker/hub-worker.ts", import.meta.url), { type: "module" });
	const remote = Comlink.wrap<HubApi>(worker);
	api = {
		look: (ask) => remote.look(ask),
		download: (key, onProgress) => remote.download(key, Comlink.proxy(onProgress)),
		stop: () => remote.stop(),
		kept: () => remote.kept(),
		remove: (key) => remote.remove(key),
	};
	return api;
}
