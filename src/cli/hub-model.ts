// Opens --model owner/name[@revision] or a URL: reads the model's headers, downloads it into the user's cache, and uses the cached
// copy when offline. HF_ENDPOINT selects a mirror, HF_TOKEN a token, HF_HUB_OFFLINE=1 disables all requests.

import { join } from "node:path";
import type { KeptModel } from "../engine/api.ts";
import { filesFolder, type ModelFolder } from "../engine/formats/index.ts";
import {
	changedFiles,
	discardFiles,
	download,
	fileHeaders,
	find,
	findCached,
	HUB,
	type HubClient,
	type ModelCache,
	type ModelRef,
	NetworkError,
	parseModelRef,
	parseRequest,
	type RemoteModel,
	totalBytes,
	wait,
	withoutChecksum,
} from "../engine/hub/index.ts";
import { type BaseDType, openModelFiles } from "../engine/models/load.ts";
import { formatBytes } from "../shared/format-bytes.ts";
import { textOf } from "../shared/messages/message.ts";
import { cliError } from "./cli-error.ts";
import { cacheFolder, checkSpace, diskCache } from "./disk-cache.ts";
import { progress, sayWait } from "./hub-progress.ts";
import { diskFolder, ggufFile } from "./node-files.ts";
import { say } from "./output.ts";

export interface HubModel {
	readonly folder: ModelFolder;
	/** `owner/name`, for adapter_config.json. */
	readonly name: string;
}

/** Whether a --model that is not a path on disk may name a model on the Hub. */
export const mayBeRemote = (name: string): boolean => parseModelRef(name, HUB) !== null;

/** Only complete downloads count as models. @throws TabTuneError "model" or "storage" */
export async function hubModel(name: string, dtype: BaseDType): Promise<HubModel> {
	const { HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE } = process.env;
	const { ref, line } = parseRequest(
		{ model: name, endpoint: HF_ENDPOINT || null, token: HF_TOKEN || null },
		{ fetch, wait, signal: new AbortController().signal },
	);
	const root = cacheFolder();
	const cache = diskCache(root);
	const kept = await intact(await cachedModel(ref, cache), cache);
	const pinned = ref.kind === "hub" && /^[0-9a-f]{40}$/.test(ref.revision);
	const offline = HF_HUB_OFFLINE === "1";
	const model =
		kept !== null && (pinned || offline) ? kept : await fetchModel({ ref, line, root, cache, kept, dtype, offline });
	const path = join(root, model.key);
	return {
		name: model.name,
		folder: model.gguf === null ? await diskFolder(path) : await ggufFile(join(path, model.gguf)),
	};
}

/**
 * Compares a stored model with its digests. Changed files count as not downloaded from then on.
 * @returns the model; null if it has changed
 */
async function intact(model: KeptModel | null, cache: ModelCache): Promise<KeptModel | null> {
	const changed = model === null ? [] : await changedFiles(model, cache);
	if (model === null || changed.length === 0) return model;
	say(
		`warning: ${changed.join(", ")} of ${model.name} changed on this disk since the download: the disk may be failing, or another program changed it`,
	);
	await discardFiles(model, changed, cache);
	return null;
}

function cachedModel(ref: ModelRef, cache: ModelCache): Promise<KeptModel | null> {
	const [name, revision, gguf] = ref.kind === "hub" ? [ref.id, ref.revision, ref.file] : [ref.url, null, null];
	return cache.list().then((list) => findCached(list, name, revision, gguf));
}

interface Request {
	readonly ref: ModelRef;
	readonly line: HubClient;
	readonly root: string;
	readonly cache: ModelCache;
	readonly kept: KeptModel | null;
	readonly dtype: BaseDType;
	readonly offline: boolean;
}

async function fetchModel({ ref, line, root, cache, kept, dtype, offline }: Request): Promise<KeptModel> {
	if (offline)
		throw cliError("model", {
			what: "this model is not whole on this machine, and HF_HUB_OFFLINE disables downloads",
			where: root,
			next: "run once without HF_HUB_OFFLINE",
		});
	let remote: RemoteModel;
	try {
		remote = await find({ ...line, onWait: sayWait, ...(kept === null ? {} : { tries: 1 }) }, ref);
	} catch (thrown) {
		if (kept === null || !(thrown instanceof NetworkError)) throw thrown;
		say(`${textOf(thrown.parts.what)}: using the stored copy of ${kept.name}${at(kept)}`);
		return kept;
	}
	const stored = (await cache.list()).find(({ key }) => key === remote.key) ?? null;
	const here = stored?.key === kept?.key ? stored : await intact(stored, cache);
	const arrived = await Promise.all(remote.files.map(({ path }) => cache.size(remote.key, path)));
	const missing = totalBytes(remote.files) - arrived.reduce((sum, size) => sum + size, 0);
	if (here === null || missing > 0) {
		await checkSpace(root, missing);
		const heads = await fileHeaders(line, remote);
		const facts =
			heads === null ? null : await openModelFiles(filesFolder(remote.name, heads), remote.name, dtype, true);
		const parts = [
			`${remote.files.length} files, ${formatBytes(totalBytes(remote.files))}`,
			...(missing < totalBytes(remote.files) ? [`${formatBytes(missing)} still to download`] : []),
			...(facts === null ? [] : [`${(facts.parameters / 1e6).toFixed(1)}M parameters`]),
			`licence ${remote.license ?? "not stated"}`,
		];
		const unverified = withoutChecksum(remote.files);
		if (unverified.length > 0)
			say(
				`warning: ${new URL(line.endpoint).host} publishes no checksum of ${unverified.join(", ")}: a byte that changes on the way is not noticed`,
			);
		say(`${remote.name}${at(remote)}: ${parts.join(", ")}; stored in ${join(root, remote.key)}`);
	}
	return download(line, remote, cache, missing > 0 ? progress() : () => undefined);
}

const at = ({ revision, commit }: Pick<RemoteModel, "revision" | "commit">): string =>
	commit === null ? "" : ` at ${revision === commit ? "" : `${revision}, `}${commit.slice(0, 12)}`;
