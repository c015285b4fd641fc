// Downloads a model's files into the cache. Each file resumes where it stopped, is hashed while it streams, and counts as
// complete only after its checksum matches. Only one chunk is in memory at a time.

import { TabTuneError } from "../../shared/errors.ts";
import { hubMessage } from "../../shared/messages/index.ts";
import type { HubProgress, KeptModel } from "../api.ts";
import { type Checksum, checksumFor } from "./checksum.ts";
import { chunksOf, type HubClient, request, withRetry } from "./http.ts";
import { NetworkError, TransientError } from "./http-errors.ts";
import { type CacheFile, type ModelCache, recordOf } from "./model-cache.ts";
import { type RemoteFile, type RemoteModel, totalBytes } from "./remote.ts";
import { digestsOf } from "./stored-digests.ts";

/** Chunk size for hashing the part that is already stored. */
const CHUNK = 4 * 1024 * 1024; // bytes

/**
 * @returns the record of the complete model
 * @throws TabTuneError "model" after two checksum mismatches or a lost connection, "storage" when the disk is full; the
 * signal's reason when aborted. Downloaded bytes stay for the next call.
 */
export async function download(
	client: HubClient,
	model: RemoteModel,
	cache: ModelCache,
	onProgress: (progress: HubProgress) => void,
): Promise<KeptModel> {
	const before = (await cache.list()).find(({ key }) => key === model.key);
	let record = recordOf(model, before, Date.now());
	await cache.save(record);
	const total = totalBytes(model.files);
	let doneBytes = 0; // of the complete files
	for (const file of model.files) {
		const report = (done: number, retryMilliseconds = 0) =>
			onProgress({ done: doneBytes + done, total, file: file.path, retryMilliseconds });
		const isHere = record.files.some(({ path, checked, digests }) => path === file.path && checked && digests);
		if (!isHere || (await cache.size(model.key, file.path)) !== file.size) {
			await downloadFile(client, file, model.name, () => cache.open(model.key, file.path), report);
			const digests = await digestsOf((await cache.blob(model.key, file.path)) ?? new Blob());
			const files = record.files.map((kept) => (kept.path === file.path ? { ...kept, checked: true, digests } : kept));
			record = { ...record, files };
			await cache.save(record);
		}
		doneBytes += file.size;
		onProgress({ done: doneBytes, total, file: file.path, retryMilliseconds: 0 });
	}
	return record;
}

/** Downloads and verifies one file. Bytes of an earlier call may be corrupt, so a mismatch is final only for a fresh download. */
async function downloadFile(
	client: HubClient,
	file: RemoteFile,
	where: string,
	open: () => Promise<CacheFile>,
	report: (done: number, retryMilliseconds?: number) => void,
): Promise<void> {
	const stored = await open();
	try {
		for (let restarts = 0; ; restarts++) {
			if (stored.size > file.size) await stored.empty();
			const fromStart = stored.size === 0;
			const digest = checksumFor(file);
			await hashStored(stored, digest, client.signal, report);
			const downloaded = withRetry({ ...client, onWait: (ms) => report(stored.size, ms) }, (progressed) =>
				downloadRest(client, file, stored, digest, (done) => {
					progressed();
					report(done);
				}),
			);
			const noRanges = await downloaded.catch((thrown: unknown) => {
				if (thrown instanceof NoRanges) return thrown;
				throw thrown;
			});
			if (noRanges === undefined && (digest === null || digest.hex() === file.hash?.hex)) return;
			await stored.empty();
			if (noRanges instanceof NoRanges) {
				if (restarts >= MAX_RESTARTS) throw noRanges.final;
			} else if (fromStart) throw notAsUploaded(file, where);
		}
	} finally {
		await stored.close();
	}
}

function notAsUploaded({ path }: RemoteFile, where: string): TabTuneError {
	return new TabTuneError("model", {
		what: hubMessage("checksumMismatch", { path }),
		where,
		next: hubMessage("checksumMismatch.next"),
	});
}

/** The server ignores Range, so the download restarts from the first byte. */
class NoRanges extends Error {
	constructor(readonly final: NetworkError) {
		super(final.message);
	}
}

/** Restarts allowed for a server that ignores Range and drops the connection. */
const MAX_RESTARTS = 5;

/** Downloads the bytes that are not stored yet. */
async function downloadRest(
	client: HubClient,
	file: RemoteFile,
	stored: CacheFile,
	digest: Checksum | null,
	report: (done: number) => void,
): Promise<void> {
	if (stored.size === file.size) return;
	const from = stored.size;
	const response = await request(client, file.url, { what: file.path, ...(from > 0 ? { from } : {}) });
	const rangeStart = /^bytes (\d+)-/.exec(response.headers.get("Content-Range") ?? "")?.[1];
	if (from > 0 && (response.status !== 206 || (rangeStart !== undefined && Number(rangeStart) !== from))) {
		await response.body?.cancel();
		throw new NoRanges(otherSize(file, client));
	}
	for await (const chunk of chunksOf(client, response)) {
		if (stored.size + chunk.length > file.size) throw new TransientError(otherSize(file, client));
		await stored.append(chunk);
		digest?.update(chunk);
		report(stored.size);
	}
	if (stored.size < file.size) throw new TransientError(otherSize(file, client));
}

function otherSize({ path, size }: RemoteFile, { endpoint }: HubClient): NetworkError {
	return new NetworkError("model", {
		what: hubMessage("wrongLength", { path, size }),
		where: new URL(endpoint).host,
		next: hubMessage("retry.next"),
	});
}

async function hashStored(
	stored: CacheFile,
	digest: Checksum | null,
	signal: AbortSignal,
	report: (done: number) => void,
): Promise<void> {
	if (digest === null) return;
	for (let at = 0; at < stored.size; at += CHUNK) {
		signal.throwIfAborted();
		digest.update(await stored.read(at, Math.min(CHUNK, stored.size - at)));
		report(at);
	}
}
