// Models from elsewhere, as the command and the page's worker use them: name → what is offered → files on a shelf. A leaf: it
// knows bytes and addresses, nothing of tensors. To add a place models come from: a finder like address.ts.
import type { HubAsk } from "../api.ts";
import { TabTuneError } from "../errors.ts";
import { findAtAddress } from "./address.ts";
import type { Line } from "./line.ts";
import { HUB, type ModelRef, parseModelRef } from "./reference.ts";
import type { RemoteModel } from "./remote.ts";
import { findOnHub } from "./repository.ts";

export { download } from "./download.ts";
export { headsOf } from "./heads.ts";
export { type Line, Unreachable, wait } from "./line.ts";
export { HUB, type ModelRef, parseModelRef } from "./reference.ts";
export { type RemoteModel, totalBytes } from "./remote.ts";
export { isWhole, keptAs, readRecord, type Shelf, type ShelfFile } from "./shelf.ts";

/** The name and the line that an ask means. @throws TabTuneError "usage" for a name or an endpoint that is none */
export function understood(
	{ model, endpoint, token }: HubAsk,
	rest: Omit<Line, "endpoint" | "token">,
): { readonly ref: ModelRef; readonly line: Line } {
	const base = (endpoint ?? HUB).replace(/\/+$/, "");
	if (!/^https?:$/.test(URL.parse(base)?.protocol ?? ""))
		throw new TabTuneError("usage", {
			what: `the address of the Hub is "${base}"`,
			next: "write it like https://huggingface.co",
		});
	const ref = parseModelRef(model, base);
	if (ref === null)
		throw new TabTuneError("usage", {
			what: `"${model}" names no model`,
			next: "write owner/name, owner/name@revision, owner/name/file.gguf, or the address of a model",
		});
	// An address that is not the Hub's is no place for the Hub's token.
	const line = ref.kind === "hub" ? { endpoint: base, token } : { endpoint: new URL(ref.url).origin, token: null };
	return { ref, line: { ...rest, ...line } };
}

/** @throws TabTuneError "model" for what is not there, not allowed, not whole, or cannot be reached */
export function find(line: Line, ref: ModelRef): Promise<RemoteModel> {
	return ref.kind === "hub" ? findOnHub(line, ref) : findAtAddress(line, ref.url);
}
