// Uploads files to a model repository of the Hub in one commit, as huggingface_hub's upload_folder does: the repository is
// created if it does not exist, large files go to its Git LFS storage, small ones into the commit.
import { sha256 } from "@noble/hashes/sha2.js";
import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { hubMessage } from "../../shared/messages/index.ts";
import { hexOf } from "./checksum.ts";
import { type HubClient, type RequestOptions, request, textOf, withRetry } from "./http.ts";
import { notTheHub, parsed } from "./repository.ts";

export interface UploadFile {
	/** Path in the repository. */
	readonly path: string;
	readonly blob: Blob;
}

export interface Repository {
	/** owner/name */
	readonly id: string;
	/** Null if it does not exist. */
	readonly visibility: "public" | "private" | null;
}

export interface UploadOptions {
	readonly id: string;
	readonly branch: string;
	/** Of a repository that is created. */
	readonly private: boolean;
	/** The first line of the commit message. */
	readonly summary: string;
	/** Called with each large file before it is sent. */
	readonly onFile?: (path: string) => void;
}

/** Bytes of a file that the Hub looks at to decide whether it is text. */
const SAMPLE = 512;
const LFS_TYPE = "application/vnd.git-lfs+json";

const hostOf = ({ endpoint }: HubClient): string => new URL(endpoint).host;

/** The account of the token. @throws TabTuneError "model" if the Hub does not accept it */
export async function accountOf(line: HubClient): Promise<string> {
	const { name } = await json(line, `${line.endpoint}/api/whoami-v2`, { what: "whoami" });
	if (typeof name !== "string") throw notTheHub("whoami", hostOf(line));
	return name;
}

export async function repositoryOf(line: HubClient, id: string): Promise<Repository> {
	const url = `${line.endpoint}/api/models/${id}`;
	const response = await withRetry(line, () => request(line, url, { what: id, orNull: true }));
	if (response === null) return { id, visibility: null };
	const info = parsed(await textOf(line, response, id), id, hostOf(line));
	return { id, visibility: info.private === true ? "private" : "public" };
}

/**
 * Creates the repository if necessary and commits the files.
 * @returns the id of the commit
 * @throws TabTuneError "model" if the account may not write, or the Hub refuses a file
 */
export async function upload(
	line: HubClient,
	files: readonly UploadFile[],
	{ id, branch, private: hidden, summary, onFile }: UploadOptions,
): Promise<string> {
	const [owner, name] = id.split("/");
	await post(line, "/api/repos/create", { name, organization: owner, type: "model", private: hidden }, id, [409]);
	const revision = encodeURIComponent(branch);
	const asked = await Promise.all(
		files.map(async ({ path, blob }) => ({ path, size: blob.size, sample: await base64(blob.slice(0, SAMPLE)) })),
	);
	const modes = await post(line, `/api/models/${id}/preupload/${revision}`, { files: asked }, id);
	const large = new Set(
		entriesOf(line, modes.files, id).flatMap(({ path, uploadMode }) => (uploadMode === "lfs" ? [path] : [])),
	);
	const lines: JsonObject[] = [{ key: "header", value: { summary, description: "" } }];
	const stored: { readonly file: UploadFile; readonly oid: string }[] = [];
	for (const file of files) {
		const { path, blob } = file;
		if (large.has(path)) {
			const oid = await sha256Of(blob);
			stored.push({ file, oid });
			lines.push({ key: "lfsFile", value: { path, algo: "sha256", oid, size: blob.size } });
		} else lines.push({ key: "file", value: { path, content: await base64(blob), encoding: "base64" } });
	}
	if (stored.length > 0) await store(line, id, branch, stored, onFile);
	const body = lines.map((one) => JSON.stringify(one)).join("\n");
	// Not repeated: a commit whose answer is lost may have been made.
	const answer = await json({ ...line, tries: 1 }, `${line.endpoint}/api/models/${id}/commit/${revision}`, {
		what: id,
		method: "POST",
		headers: { "Content-Type": "application/x-ndjson" },
		body,
	});
	if (typeof answer.commitOid !== "string") throw notTheHub(id, hostOf(line));
	return answer.commitOid;
}

/** Sends the large files that the Hub does not have yet. */
async function store(
	line: HubClient,
	id: string,
	branch: string,
	stored: readonly { readonly file: UploadFile; readonly oid: string }[],
	onFile: UploadOptions["onFile"],
): Promise<void> {
	const batch = await json(line, `${line.endpoint}/${id}.git/info/lfs/objects/batch`, {
		what: id,
		method: "POST",
		headers: { "Content-Type": LFS_TYPE, Accept: LFS_TYPE },
		body: JSON.stringify({
			operation: "upload",
			transfers: ["basic", "multipart"],
			objects: stored.map(({ file, oid }) => ({ oid, size: file.blob.size })),
			hash_algo: "sha256",
			ref: { name: branch },
		}),
	});
	for (const { oid, error, actions } of entriesOf(line, batch.objects, id)) {
		const file = stored.find((one) => one.oid === oid)?.file;
		if (file === undefined) throw notTheHub(id, hostOf(line));
		if (isObject(error)) throw refusedFile(line, file.path, String(error.message ?? ""));
		if (!isObject(actions) || !isObject(actions.upload)) continue; // the Hub has these bytes
		onFile?.(file.path);
		await send(line, file, String(oid), actions.upload as JsonObject);
		if (isObject(actions.verify)) {
			const url = String(actions.verify.href);
			const body = JSON.stringify({ oid, size: file.blob.size });
			await withRetry(line, async () =>
				textOf(
					line,
					await request(line, url, {
						what: file.path,
						method: "POST",
						headers: { "Content-Type": LFS_TYPE, Accept: LFS_TYPE },
						body,
					}),
					file.path,
				),
			);
		}
	}
}

/** Sends one file whole, or in parts of the size that the Hub asks for. */
async function send(line: HubClient, { path, blob }: UploadFile, oid: string, action: JsonObject): Promise<void> {
	const href = String(action.href);
	const header = isObject(action.header) ? (action.header as Readonly<Record<string, unknown>>) : {};
	const size = Number(header.chunk_size);
	if (!(size > 0)) {
		const headers = Object.fromEntries(Object.entries(header).map(([name, value]) => [name, String(value)]));
		await put(line, href, path, blob, headers);
		return;
	}
	const parts: JsonObject[] = [];
	for (let at = 0, partNumber = 1; at < blob.size; at += size, partNumber++) {
		const url = header[String(partNumber)] ?? header[String(partNumber).padStart(5, "0")];
		if (typeof url !== "string") throw notTheHub(path, hostOf(line));
		const response = await put(line, url, path, blob.slice(at, at + size), {});
		parts.push({ partNumber, etag: response.headers.get("etag") });
	}
	await json(line, href, {
		what: path,
		method: "POST",
		headers: { "Content-Type": LFS_TYPE, Accept: LFS_TYPE },
		body: JSON.stringify({ oid, parts }),
	});
}

const put = (line: HubClient, url: string, what: string, body: Blob, headers: Record<string, string>) =>
	withRetry(line, async () => {
		const response = await request(line, url, { what, method: "PUT", headers, body });
		await textOf(line, response, what);
		return response;
	});

const post = (line: HubClient, path: string, body: JsonObject, what: string, accepted: readonly number[] = []) =>
	json(line, line.endpoint + path, {
		what,
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(body),
		accepted,
	});

/** The JSON object that a request answers; {} for no text. */
async function json(line: HubClient, url: string, options: RequestOptions): Promise<JsonObject> {
	const text = await withRetry(line, async () => textOf(line, await request(line, url, options), options.what));
	return text.trim() === "" ? {} : parsed(text, options.what, hostOf(line));
}

function entriesOf(line: HubClient, list: unknown, what: string): JsonObject[] {
	if (Array.isArray(list) && list.every(isObject)) return list as JsonObject[];
	throw notTheHub(what, hostOf(line));
}

async function sha256Of(blob: Blob): Promise<string> {
	const state = sha256.create();
	for await (const piece of blob.stream() as unknown as AsyncIterable<Uint8Array>) state.update(piece);
	return hexOf(state.digest());
}

async function base64(blob: Blob): Promise<string> {
	const bytes = new Uint8Array(await blob.arrayBuffer());
	let text = "";
	for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
	return btoa(text);
}

function refusedFile(line: HubClient, path: string, reason: string): TabTuneError {
	return new TabTuneError("model", {
		what: hubMessage("uploadRefused", { path, reason }),
		where: hostOf(line),
		next: hubMessage("uploadRefused.next"),
	});
}
