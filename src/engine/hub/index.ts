// The Hub client used by the command line and the page's worker: finds a model and downloads its files into a cache. It handles
// bytes and URLs only.

import { TabTuneError } from "../../shared/errors.ts";
import { hubMessage } from "../../shared/messages/hub.en.ts";
import type { HubAsk } from "../api.ts";
import { findAtAddress } from "./address.ts";
import type { HubClient } from "./http.ts";
import { HUB, type ModelRef, parseModelRef } from "./reference.ts";
import type { RemoteModel } from "./remote.ts";
import { findOnHub } from "./repository.ts";

export { download } from "./download.ts";
export { fileHeaders } from "./file-headers.ts";
export { type HubClient, NetworkError, wait } from "./http.ts";
export { type CacheFile, findCached, isComplete, type ModelCache, readRecord } from "./model-cache.ts";
export { HUB, type ModelRef, parseModelRef } from "./reference.ts";
export { type RemoteModel, totalBytes } from "./remote.ts";

/** The name and the line that an ask means. @throws TabTuneError "usage" for a name or an endpoint that is none */
export function parseRequest(
	{ model, endpoint, token }: HubAsk,
	rest: Omit<HubClient, "endpoint" | "token">,
): { readonly ref: ModelRef; readonly line: HubClient } {
	const base = (endpoint ?? HUB).replace(/\/+$/, "");
	if (!/^https?:$/.test(URL.parse(base)?.protocol ?? ""))
		throw new TabTuneError("usage", {
			what: hubMessage("badEndpoint", { base }),
			next: hubMessage("badEndpoint.next"),
		});
	const ref = parseModelRef(model, base);
	if (ref === null)
		throw new TabTuneError("usage", {
			what: hubMessage("badReference", { model }),
			next: hubMessage("badReference.next"),
		});
	// An address that is not the Hub's is no place for the Hub's token.
	const line = ref.kind === "hub" ? { endpoint: base, token } : { endpoint: new URL(ref.url).origin, token: null };
	return { ref, line: { ...rest, ...line } };
}

/** @throws TabTuneError "model" for what is not there, not allowed, not whole, or cannot be reached */
export function find(line: HubClient, ref: ModelRef): Promise<RemoteModel> {
	return ref.kind === "hub" ? findOnHub(line, ref) : findAtAddress(line, ref.url);
}
