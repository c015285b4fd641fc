// Starts the download worker at the first request and exposes its HubApi.
import type { HubApi } from "../../../src/engine/api.ts";
import { remoteApi } from "../../remote-api.ts";

let api: HubApi | null = null;

export function fetcher(): HubApi {
	if (api !== null) return api;
	const worker = new Worker(new URL("../../../src/worker/hub-worker.ts", import.meta.url), { type: "module" });
	api = remoteApi<HubApi>(worker);
	return api;
}
