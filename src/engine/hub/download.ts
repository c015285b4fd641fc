// A model's files brought onto the shelf: each from where it broke off, hashed as it passes, held to its checksum before it
// counts as here. No more than the piece in hand is in memory.
import type { HubProgress, KeptModel } from "../api.ts";
import { TabTuneError } from "../errors.ts";
import { type Digest, digestFor } from "./digest.ts";
import { ask, type Line, PassingFault, persistently, piecesOf, Unreachable } from "./line.ts";
import { type RemoteFile, type RemoteModel, totalBytes } from "./remote.ts";
import { recordOf, type Shelf, type ShelfFile } from "./shelf.ts";

/** What is read back at a time to hash the part that is here already. */
const PIECE = 4 * 1024 * 1024; // bytes

/**
 * @returns the record of the model, whole
 * @throws TabTuneError "model" for a checksum that is wrong twice, or a connection that is gone; "storage" without space. What
 * has arrived stays, for the next call. The signal's reason when that ends it.
 */
export async function download(
	line: Line,
	model: RemoteModel,
	shelf: Shelf,
	onProgress: (progress: HubProgress) => void,
): Promise<KeptModel> {
	const before = (await shelf.list()).find(({ key }) => key === model.key);
	let record = recordOf(model, before, Date.now());
	await shelf.save(record);
	const total = totalBytes(model.files);
	let whole = 0; // bytes of the files that are done
	for (const file of model.files) {
		const tell = (done: number, waits = 0) => onProgress({ done: whole + done, total, file: file.path, waits });
		const isHere = record.files.some(({ path, checked }) => path === file.path && checked);
		if (!isHere || (await shelf.size(model.key, file.path)) !== file.size) {
			await bring(line, file, model.name, () => shelf.open(model.key, file.path), tell);
			const files = record.files.map((kept) => (kept.path === file.path ? { ...kept, checked: true } : kept));
			record = { ...record, files };
			await shelf.save(record);
		}
		whole += file.size;
		onProgress({ done: whole, total, file: file.path, waits: 0 });
	}
	return record;
}

/** One file, whole and right. What an earlier call left may be wrong, so a wrong checksum counts from an empty file only. */
async function bring(
	line: Line,
	file: RemoteFile,
	where: string,
	open: () => Promise<ShelfFile>,
	tell: (done: number, waits?: number) => void,
): Promise<void> {
	const place = await open();
	try {
		for (let beginnings = 0; ; beginnings++) {
			if (place.size > file.size) await place.empty();
			const fromNothing = place.size === 0;
			const digest = digestFor(file);
			await readBack(place, digest, line.signal, tell);
			const untilWhole = persistently({ ...line, onWait: (ms) => tell(place.size, ms) }, (progressed) =>
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
		what: `${path} is not the file that was uploaded: its checksum is another`,
		where,
		next: "ask again; if it stays wrong, something between here and the Hub changes files",
	});
}

/** A server that takes no ranges: what is here is of no use, and it begins again. */
class NoRanges extends Error {
	constructor(readonly final: Unreachable) {
		super(final.message);
	}
}

/** So often a file is begun again where a server takes no ranges and breaks off. */
const MOST_BEGINNINGS = 5;

/** The bytes behind those on the shelf. */
async function rest(
	line: Line,
	file: RemoteFile,
	place: ShelfFile,
	digest: Digest | null,
	tell: (done: number) => void,
): Promise<void> {
	if (place.size === file.size) return;
	const from = place.size;
	const response = await ask(line, file.url, { what: file.path, ...(from > 0 ? { from } : {}) });
	const told = /^bytes (\d+)-/.exec(response.headers.get("Content-Range") ?? "")?.[1];
	if (from > 0 && (response.status !== 206 || (told !== undefined && Number(told) !== from))) {
		await response.body?.cancel();
		throw new NoRanges(otherSize(file, line));
	}
	for await (const piece of piecesOf(line, response)) {
		if (place.size + piece.length > file.size) throw new PassingFault(otherSize(file, line));
		await place.append(piece);
		digest?.update(piece);
		tell(place.size);
	}
	if (place.size < file.size) throw new PassingFault(otherSize(file, line));
}

function otherSize({ path, size }: RemoteFile, { endpoint }: Line): Unreachable {
	return new Unreachable("model", {
		what: `${path} ended at another place than its ${size} bytes`,
		where: new URL(endpoint).host,
		next: "ask again: what has arrived is kept",
	});
}

async function readBack(
	place: ShelfFile,
	digest: Digest | null,
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
