// A local fake Hub for tests: the API, files that redirect to expiring links on a second server, ranges, and injected faults. Both
// servers record their requests. To inject another fault, add a field to `Fault`.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PlayedModel {
	readonly files: Readonly<Record<string, Uint8Array>>;
	readonly gated?: boolean;
	readonly license?: string;
	/** Changes the API's entry for a file. */
	readonly sibling?: (path: string, entry: Record<string, unknown>) => Record<string, unknown>;
}

/** A fault that occurs once, in the next request for that file (or for "api"). */
export interface Fault {
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	/** The connection breaks after this many bytes; bytes not yet read are lost. */
	readonly dropAfter?: number;
	/** Range requests are ignored. */
	readonly noRanges?: boolean;
}

export interface Seen {
	readonly server: "hub" | "cdn";
	readonly method: string;
	readonly path: string;
	readonly range: string | null;
	readonly token: string | null;
	readonly status: number;
}

export interface PlayedHub {
	readonly endpoint: string;
	/** The same files as folders on a plain server, which has no checksums: `elsewhere/owner/name`. */
	readonly elsewhere: string;
	/** Sets the Last-Modified date of that server. */
	elsewhereDated(date: Date): void;
	readonly seen: Seen[];
	readonly commit: string;
	/** Injects faults into the next requests for the file, one per request. */
	fault(path: string, ...faults: Fault[]): void;
	close(): Promise<void>;
}

export const PLAYED_TOKEN = "hf_played";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

export async function playHub(models: Readonly<Record<string, PlayedModel>>): Promise<PlayedHub> {
	const seen: Seen[] = [];
	const faults = new Map<string, Fault[]>();
	const links = new Map<string, { bytes: Uint8Array; path: string; uses: number }>();
	const note = (server: Seen["server"], request: IncomingMessage, response: ServerResponse) =>
		response.on("close", () =>
			seen.push({
				server,
				method: request.method ?? "",
				path: decodeURIComponent((request.url ?? "").replace(/\?.*$/, "")),
				range: request.headers.range ?? null,
				token: request.headers.authorization ?? null,
				status: response.statusCode,
			}),
		);
	let dated = new Date(1e12);
	const nextFault = (path: string): Fault => faults.get(path)?.shift() ?? {};

	const cdn = createServer((request, response) => {
		note("cdn", request, response);
		if (preflight(request, response)) return;
		const [, id, file] = /^\/plain\/([^/]+\/[^/]+)\/(.+)$/.exec(request.url ?? "") ?? [];
		if (file !== undefined) {
			const bytes = models[id]?.files[file];
			response.setHeader("Last-Modified", dated.toUTCString());
			return bytes === undefined ? fail(response, 404, "none") : send(request, response, bytes, nextFault(file));
		}
		const link = links.get(request.url ?? "");
		// A link is valid for one download; a retry must request a new one from the Hub.
		if (link === undefined || link.uses-- <= 0) return void response.writeHead(403).end("expired");
		send(request, response, link.bytes, nextFault(link.path));
	});
	await listen(cdn);
	const hub = createServer((request, response) => {
		note("hub", request, response);
		if (preflight(request, response)) return;
		const path = decodeURIComponent((request.url ?? "").replace(/\?.*$/, ""));
		const [, set, setFile] =
			/^(?:\/api)?\/datasets\/([^/]+\/[^/]+)\/(?:revision\/|resolve\/[^/]+\/)(.+)$/.exec(path) ?? [];
		const inSet = setFile === "refs/convert/parquet" ? [COMMIT] : [COMMIT, setFile];
		const [, id = "", revision, file] =
			(set === undefined ? null : ["", `datasets/${set}`, ...inSet]) ??
			/^\/api\/models\/([^/]+\/[^/]+)\/revision\/(.+)$/.exec(path) ??
			/^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path) ??
			[];
		const model = models[id];
		if (model === undefined) return fail(response, 401, "RepoNotFound");
		if (revision !== "main" && revision !== COMMIT) return fail(response, 404, "RevisionNotFound");
		if (file === undefined) {
			const { status, headers } = nextFault("api");
			if (status !== undefined) return void response.writeHead(status, headers).end();
			return void response.setHeader("Content-Type", "application/json").end(JSON.stringify(modelInfo(id, model)));
		}
		const bytes = model.files[file];
		if (bytes === undefined) return fail(response, 404, "EntryNotFound");
		if (model.gated === true && request.headers.authorization !== `Bearer ${PLAYED_TOKEN}`)
			return fail(response, 401, "GatedRepo");
		if (!isLarge(file)) return send(request, response, bytes, nextFault(file));
		const link = `/${links.size}/${encodeURIComponent(file)}?signature=${links.size}`;
		links.set(link, { bytes, path: file, uses: 1 });
		response.writeHead(302, { Location: new URL(link, addressOf(cdn)).href }).end();
	});
	await listen(hub);
	return {
		endpoint: addressOf(hub),
		elsewhere: `${addressOf(cdn)}/plain`,
		elsewhereDated: (date) => {
			dated = date;
		},
		seen,
		commit: COMMIT,
		fault: (path, ...more) => void faults.set(path, [...(faults.get(path) ?? []), ...more]),
		async close() {
			for (const server of [hub, cdn]) {
				server.closeAllConnections();
				await new Promise((done) => server.close(done));
			}
		},
	};
}

const isLarge = (path: string): boolean => /\.(safetensors|gguf|parquet)$/.test(path);

/** The Hub's response to /api/models/{id}/revision/{revision}?blobs=true. */
function modelInfo(id: string, { files, gated, license, sibling }: PlayedModel): object {
	const siblings = Object.entries(files).map(([rfilename, bytes]) => {
		const blobId = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
		const lfs = { sha256: createHash("sha256").update(bytes).digest("hex"), size: bytes.length, pointerSize: 134 };
		const file = { rfilename, size: bytes.length, blobId, ...(isLarge(rfilename) ? { lfs } : {}) };
		return sibling?.(rfilename, file) ?? file;
	});
	return { id, sha: COMMIT, gated: gated === true ? "manual" : false, cardData: { license }, siblings };
}

function preflight(request: IncomingMessage, response: ServerResponse): boolean {
	response.setHeader("Access-Control-Allow-Origin", "*");
	response.setHeader("Access-Control-Expose-Headers", "X-Error-Code, Content-Range, Retry-After");
	if (request.method !== "OPTIONS") return false;
	response.writeHead(204, { "Access-Control-Allow-Headers": "Authorization, Range" }).end();
	return true;
}

function fail(response: ServerResponse, status: number, code: string): void {
	response.writeHead(status, { "X-Error-Code": code }).end();
}

function send(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, fault: Fault): void {
	if (fault.status !== undefined) return void response.writeHead(fault.status, fault.headers).end();
	const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
	const start = fault.noRanges === true ? 0 : Number(from ?? 0);
	const end = fault.noRanges === true || !to ? bytes.length : Math.min(Number(to) + 1, bytes.length);
	const part = bytes.subarray(start, end);
	const ranged = from !== undefined && fault.noRanges !== true;
	response.writeHead(ranged ? 206 : 200, {
		"Content-Length": part.length,
		...(ranged ? { "Content-Range": `bytes ${start}-${end - 1}/${bytes.length}` } : {}),
	});
	if (fault.dropAfter === undefined) return void response.end(part);
	response.write(part.subarray(0, fault.dropAfter), () => setTimeout(() => response.destroy(), 100));
}

const listen = (server: Server): Promise<void> => new Promise((done) => server.listen(0, "127.0.0.1", done));
const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
