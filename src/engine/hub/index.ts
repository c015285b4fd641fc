// The Hub client used by the command line and the page's worker: finds a model and downloads its files into a cache. It handles
// bytes and URLs only.

import { TabTuneError } from "../../shared/errors.ts";
import { hubMessage } from "../../shared/messages/index.ts";
import type { HubModelRequest } from "../api.ts";
import { findAtAddress } from "./address.ts";
import type { HubClient } from "./http.ts";
import { HUB, type ModelRef, parseModelRef } from "./reference.ts";
import type { RemoteModel } from "./remote.ts";
import { findOnHub } from "./repository.ts";

export { findDataSet, type RemoteDataSet } from "./data-set.ts";
export { download } from "./download.ts";
export { fileHeaders } from "./file-headers.ts";
export { type HubClient, wait } from "./http.ts";
export { NetworkError } from "./http-errors.ts";
export { type CacheFile, findCached, isComplete, type ModelCache, readRecord } from "./model-cache.ts";
export { HUB, type ModelRef, parseModelRef } from "./reference.ts";
export { type RemoteModel, totalBytes, withoutChecksum } from "./remote.ts";
export { changedFiles, discardFiles } from "./stored-digests.ts";
export { accountOf, type Repository, repositoryOf, type UploadFile, upload } from "./upload.ts";

/** Parses a model name and the connection options. @throws TabTuneError "usage" for an invalid name or endpoint */
export function parseRequest(
	{ model, endpoint, token }: HubModelRequest,
	rest: Omit<HubClient, "endpoint" | "token">,
): { readonly ref: ModelRef; readonly line: HubClient } {
	let base = endpoint ?? HUB;
	while (base.endsWith("/")) base = base.slice(0, -1);
	refuseCredentials(base);
	if (!/^https?:$/.test(URL.parse(base)?.protocol ?? ""))
		throw new TabTuneError("usage", {
			what: hubMessage("badEndpoint", { base }),
			next: hubMessage("badEndpoint.next"),
		});
	refuseCredentials(model);
	const ref = parseModelRef(model, base);
	if (ref === null)
		throw new TabTuneError("usage", {
			what: hubMessage("badReference", { model }),
			next: hubMessage("badReference.next"),
		});
	// The Hub's token is not sent to other hosts.
	const line =
		ref.kind === "hub"
			? { endpoint: base, token: checkedToken(token) }
			: { endpoint: new URL(ref.url).origin, token: null };
	return { ref, line: { ...rest, ...line } };
}

/** Characters of a header's value. A token is never quoted. @throws TabTuneError "usage" */
function checkedToken(token: string | null): string | null {
	const trimmed = token?.trim() ?? "";
	if (trimmed === "") return null;
	if (trimmed.length <= LONGEST_TOKEN && /^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
	throw new TabTuneError("usage", { what: hubMessage("tokenCharacters"), next: hubMessage("badToken.next") });
}
const LONGEST_TOKEN = 4096;

/** Requests with a user name and a password in their address are not possible, and errors would quote them. @throws TabTuneError "usage" */
function refuseCredentials(address: string): void {
	const url = URL.parse(address);
	if (url === null || (url.username === "" && url.password === "")) return;
	throw new TabTuneError("usage", {
		what: hubMessage("credentials", { host: url.host }),
		next: hubMessage("credentials.next"),
	});
}

/** @throws TabTuneError "model" for a model that is missing, not accessible, incomplete or unreachable */
export function find(line: HubClient, ref: ModelRef): Promise<RemoteModel> {
	return ref.kind === "hub" ? findOnHub(line, ref) : findAtAddress(line, ref.url);
}
