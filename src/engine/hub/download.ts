// Downloads a model's files into the cache. Each file resumes where it stopped, is hashed while it streams, and counts as
// complete only after its checksum matches. Only one chunk is in memory at a time.

import { TabTuneError } from "../../shared/errors.ts";
import { hubMessage } from "../../shared/messages/hub.en.ts";
import type { HubProgress, KeptModel } from "../api.ts";
import { type Checksum, checksumFor } from "./checksum.ts";
import { chunksOf, type HubClient, NetworkError, request, TransientError, withRetry } from "./http.ts";
import { type CacheFile, type ModelCache, recordOf } from "./model-cache.ts";
import { type RemoteFile, type RemoteModel, totalBytes } from "./remote.ts";

/** Chunk size for hashing the part that is already stored. */
const PIECE = 4 * 1024 * 1024; // bytes

/**
 * @returns the record of the complete model
 * @throws TabTuneError "model" after two checksum mismatches or a lost connection, "storage" when the disk is full; the
 * signal's reason when aborted. Downloaded bytes stay for the next call.
 */
export async function download(
	line: HubClient,
	model: RemoteModel,
	cache: ModelCache,
	onProgress: (progress: HubProgress) => void,
): Promise<KeptModel> {
	const before = (await cache.list()).find(({ key }) => key === model.key);
	let record = recordOf(model, before, Date.now());
	await cache.save(record);
	const total = totalBytes(model.files);
	let whole = 0; // bytes of the files that are done
	for (const file of model.files) {
		const tell = (done: number, waits = 0) => onProgress({ done: whole + done, total, file: file.path, waits });
		const isHere = record.files.some(({ path, checked }) => path === file.path && checked);
		if (!isHere || (await cache.size(model.key, file.path)) !== file.size) {
			await bring(line, file, model.name, () => cache.open(model.key, file.path), tell);
			const files = record.files.map((kept) => (kept.path === file.path ? { ...kept, checked: true } : kept));
			record = { ...record, files };
			await cache.save(record);
		}
		whole += file.size;
		onProgress({ done: whole, total, file: file.path, waits: 0 });
	}
	return record;
}

/** Downloads and verifies one file. Bytes of an earlier call may be corrupt, so a mismatch is final only for a fresh download. */
async function bring(
	line: HubClient,
	file: RemoteFile,
	where: string,
	open: () => Promise<CacheFile>,
	tell: (done: number, waits?: number) => void,
): Promise<void> {
	const place = await open();
	try {
		for (let beginnings = 0; ; beginnings++) {
			if (place.size > file.size) await place.empty();
			const fromNothing = place.size === 0;
			const digest = checksumFor(file);
			await readBack(place, digest, line.signal, tell);
			const untilWhole = withRetry({ ...line, onWait: (ms) => tell(place.size, ms) }, (progressed) =>
				rest(line, file, place, digest, (done) => {
					progressed();
					tell(done);
				}),
			);
			const took = await untilWhole.catch((thrown: unknown) => {
				if (thrown instanceof NoRanges) return thrown;
				throw thrown;
			});
			if (took === undefined && (digest === null || digest.hex() === file.hash?.hex)) return;
			await place.empty();
			if (took instanceof NoRanges) {
				if (beginnings >= MOST_BEGINNINGS) throw took.final;
			} else if (fromNothing) throw notAsUploaded(file, where);
		}
	} finally {
		await place.close();
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
const MOST_BEGINNINGS = 5;

/** Downloads the bytes that are not stored yet. */
async function rest(
	line: HubClient,
	file: RemoteFile,
	place: CacheFile,
	digest: Checksum | null,
	tell: (done: number) => void,
): Promise<void> {
	if (place.size === file.size) return;
	const from = place.size;
	const response = await request(line, file.url, { what: file.path, ...(from > 0 ? { from } : {}) });
	const told = /^bytes (\d+)-/.exec(response.headers.get("Content-Range") ?? "")?.[1];
	if (from > 0 && (response.status !== 206 || (told !== undefined && Number(told) !== from))) {
		await response.body?.cancel();
		throw new NoRanges(otherSize(file, line));
	}
	for await (const piece of chunksOf(line, response)) {
		if (place.size + piece.length > file.size) throw new TransientError(otherSize(file, line));
		await place.append(piece);
		digest?.update(piece);
		tell(place.size);
	}
	if (place.size < file.size) throw new TransientError(otherSize(file, line));
}

function otherSize({ path, size }: RemoteFile, { endpoint }: HubClient): NetworkError {
	return new NetworkError("model", {
		what: hubMessage("wrongLength", { path, size }),
		where: new URL(endpoint).host,
		next: hubMessage("retry.next"),
	});
}

async function readBack(
	place: CacheFile,
	digest: Checksum | null,
	signal: AbortSignal,
	tell: (done: number) => void,
): Promise<void> {
	if (digest === null) return;
	for (let at = 0; at < place.size; at += PIECE) {
		signal.throwIfAborted();
		digest.update(await place.read(at, Math.min(PIECE, place.size - at)));
		tell(at);
	}
}
