// Finds a model on the Hub: resolves the revision to a commit and lists the required files with sizes, checksums and licence.
// Uses the Hub's API (https://huggingface.co/docs/hub/api), which mirrors implement too.

import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { hubMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { splitNames } from "../../shared/split-names.ts";
import { type HubClient, requestText, tooLong } from "./http.ts";
import { gated } from "./http-errors.ts";
import { isPlainPath, type ModelRef } from "./reference.ts";
import { besideWeights, INDEX, type RemoteFile, type RemoteModel, WEIGHTS } from "./remote.ts";

export interface Sibling {
	readonly rfilename: string;
	readonly size?: unknown;
	readonly blobId?: unknown;
	readonly lfs?: { readonly sha256?: unknown; readonly size?: unknown } | null;
}

type HubRef = Extract<ModelRef, { kind: "hub" }>;

/** A tokenizer.json has up to 40 MB. */
const LONGEST_BESIDE_WEIGHTS = 256_000_000; // bytes

/**
 * The Hub's answer about a revision of a repository: its commit and its files.
 * @throws TabTuneError "model" for a repository that is missing or not accessible
 */
export async function listing(
	line: HubClient,
	kind: "models" | "datasets",
	id: string,
	revision: string,
): Promise<{ readonly info: JsonObject; readonly sha: string; readonly siblings: readonly Sibling[] }> {
	const host = new URL(line.endpoint).host;
	const url = `${line.endpoint}/api/${kind}/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
	const info = parsed(await requestText(line, url, id), id, host);
	const { sha, siblings } = info;
	if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings)) throw notTheHub(id, host);
	if (info.gated && line.token === null) throw gated(null, id, host);
	return {
		info,
		sha,
		siblings: siblings.filter(
			(file): file is Sibling => typeof file?.rfilename === "string" && isPlainPath(file.rfilename),
		),
	};
}

/** @throws TabTuneError "model" for a model that is missing, not accessible or incomplete */
export async function findOnHub(line: HubClient, ref: HubRef): Promise<RemoteModel> {
	const { id, revision } = ref;
	const { info, sha, siblings: all } = await listing(line, "models", id, revision);
	const fileOf = (path: string): RemoteFile => {
		const found = all.find(({ rfilename }) => rfilename === path);
		if (found === undefined)
			throw new TabTuneError("model", {
				what: hubMessage("notFound", { what: path }),
				where: id,
				next: hubMessage("checkFileName.next"),
			});
		const location = `${line.endpoint}/${id}/resolve/${sha}/${path.split("/").map(encodeURIComponent).join("/")}`;
		return { path, url: location, ...sizeAndHash(found, id) };
	};
	const has = (path: string) => all.some(({ rfilename }) => rfilename === path);
	const names = all.map(({ rfilename }) => rfilename);
	const gguf = ref.file ?? (has(WEIGHTS) || has(INDEX) ? null : onlyGguf(id, names));
	const small = besideWeights(names).map((path) => {
		const file = fileOf(path);
		if (file.size > LONGEST_BESIDE_WEIGHTS) throw tooLong(line, path, LONGEST_BESIDE_WEIGHTS);
		return file;
	});
	const files =
		gguf !== null
			? (splitNames(gguf) ?? [gguf]).map(fileOf)
			: has(WEIGHTS)
				? [...small, fileOf(WEIGHTS)]
				: [...small, fileOf(INDEX), ...(await shardsOf(line, fileOf(INDEX), id, names)).map(fileOf)];
	return {
		key: [...id.split("/"), sha.slice(0, 12), ...(gguf === null ? [] : [gguf.replaceAll("/", "-")])].join("--"),
		name: id,
		revision,
		commit: sha,
		source: `${line.endpoint}/${id}`,
		license: licenseOf(info),
		parameters: parametersOf(info),
		gguf,
		files,
	};
}

/** The shards that an index names. @throws TabTuneError "model" when some are not among `names` */
export async function shardsOf(
	line: HubClient,
	index: { readonly url: string },
	where: string,
	names: readonly string[] | null,
): Promise<string[]> {
	const map = parsed(await requestText(line, index.url, INDEX), INDEX, where).weight_map;
	const shards = typeof map === "object" && map !== null ? [...new Set(Object.values(map))].sort() : [];
	const wrong = shards.some((shard) => typeof shard !== "string" || !isPlainPath(shard));
	if (wrong || shards.length === 0)
		throw new TabTuneError("model", {
			what: hubMessage("badWeightMap", { index: INDEX }),
			where,
			next: hubMessage("badWeightMap.next"),
		});
	const missing = names === null ? [] : shards.filter((shard) => !names.includes(shard));
	if (missing.length > 0)
		throw new TabTuneError("model", {
			what: hubMessage("shardsMissing", {
				missing: missing.length,
				count: shards.length,
				names: missing.slice(0, 3).join(", "),
				more: missing.length > 3 ? ", …" : "",
			}),
			where,
			next: hubMessage("notUploadedWhole.next"),
		});
	return shards as string[];
}

export function sizeAndHash(
	{ rfilename, size, blobId, lfs }: Sibling,
	where: string,
): Pick<RemoteFile, "size" | "hash"> {
	const bytes = lfs?.size ?? size;
	if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0)
		throw notReported(hubMessage("sizeOf", { file: rfilename }), where);
	if (lfs !== undefined && lfs !== null) {
		if (typeof lfs.sha256 !== "string" || !/^[0-9a-f]{64}$/.test(lfs.sha256))
			throw notReported(hubMessage("sha256Of", { file: rfilename }), where);
		return { size: bytes, hash: { kind: "sha256", hex: lfs.sha256 } };
	}
	const isHash = typeof blobId === "string" && /^[0-9a-f]{40}$/.test(blobId);
	return { size: bytes, hash: isHash ? { kind: "git", hex: blobId } : null };
}

function notReported(fact: Message, where: string): TabTuneError {
	return new TabTuneError("model", {
		what: hubMessage("notReported", { fact }),
		where,
		next: hubMessage("notReported.next"),
	});
}

function onlyGguf(id: string, names: readonly string[]): string {
	const files = names.filter((name) => /\.gguf$/i.test(name) && [undefined, name].includes(splitNames(name)?.[0]));
	if (files.length === 1) return files[0];
	throw new TabTuneError("model", {
		what:
			files.length === 0
				? hubMessage("noWeights")
				: hubMessage("severalGguf", {
						count: files.length,
						names: files.slice(0, 12).join(", "),
						more: files.length > 12 ? ", …" : "",
					}),
		where: id,
		next: files.length === 0 ? hubMessage("noWeights.next") : hubMessage("severalGguf.next", { id, file: files[0] }),
	});
}

export function parsed(text: string, what: string, where: string): JsonObject {
	try {
		const value: unknown = JSON.parse(text);
		if (isObject(value)) return value;
	} catch {
		// Reported below.
	}
	throw notTheHub(what, where);
}

export function notTheHub(what: string, where: string): TabTuneError {
	return new TabTuneError("model", {
		what: hubMessage("notTheHub", { what }),
		where,
		next: hubMessage("notTheHub.next"),
	});
}

export function licenseOf({ cardData, tags }: Record<string, unknown>): string | null {
	const card = (cardData ?? {}) as Record<string, unknown>;
	for (const name of [card.license_name, card.license]) if (typeof name === "string" && name !== "") return name;
	const tag = Array.isArray(tags) ? tags.find((text) => typeof text === "string" && text.startsWith("license:")) : null;
	return typeof tag === "string" ? tag.slice("license:".length) : null;
}

function parametersOf({ safetensors, gguf }: Record<string, unknown>): number | null {
	for (const counted of [safetensors, gguf]) {
		const total = (counted as { total?: unknown } | null | undefined)?.total;
		if (typeof total === "number" && Number.isSafeInteger(total) && total > 0) return total;
	}
	return null;
}
