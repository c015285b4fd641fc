// Downloads config.json and the safetensors headers only (range requests), to check the family and the memory needed before
// the weights are downloaded.

import { TabTuneError } from "../../shared/errors.ts";
import { hubMessage } from "../../shared/messages/index.ts";
import type { NamedFile } from "../api.ts";
import { chunksOf, type HubClient, request, tooLong, withRetry } from "./http.ts";
import type { RemoteFile, RemoteModel } from "./remote.ts";

/** Enough for most headers; a longer one takes a second request. */
const FIRST = 256 * 1024; // bytes
/** The limit of the safetensors library, and of what is read of all files together. */
const LONGEST = 100_000_000; // bytes
const MOST = 256_000_000; // bytes

/**
 * The beginnings of a Hugging Face folder's files, each with the size of the whole file; null for a GGUF file, whose header
 * contains the tokenizer and is a large part of small models.
 */
export async function fileHeaders(line: HubClient, model: RemoteModel): Promise<NamedFile[] | null> {
	if (model.gguf !== null) return null;
	let total = 0;
	const counted = (path: string, bytes: number) => {
		total += bytes;
		if (bytes > LONGEST || total > MOST) throw tooLong(line, path, bytes > LONGEST ? LONGEST : MOST);
	};
	const wanted = model.files.filter(({ path }) => /^(config|model.*)\.json$|\.safetensors$/.test(path));
	return Promise.all(
		wanted.map(async (file) => {
			const bytes = file.path.endsWith(".safetensors")
				? await safetensorsHead(line, file, counted)
				: await head(line, file, file.size, counted);
			return { path: file.path, blob: new Blob([bytes]), size: file.size };
		}),
	);
}

/** The length of the header as a u64 and the header (https://github.com/huggingface/safetensors, "Format"). */
async function safetensorsHead(line: HubClient, file: RemoteFile, counted: Counted): Promise<Uint8Array<ArrayBuffer>> {
	const first = await head(line, file, Math.min(FIRST, file.size), counted);
	const length = first.length < 8 ? 0 : Number(new DataView(first.buffer).getBigUint64(0, true));
	if (length > LONGEST || 8 + length > file.size) return first; // reported when the file is opened
	return 8 + length <= first.length ? first : head(line, file, 8 + length, counted);
}

/** Is called with the bytes that are about to be read. @throws TabTuneError "model" for too many */
type Counted = (path: string, bytes: number) => void;

async function head(
	line: HubClient,
	file: RemoteFile,
	length: number,
	counted: Counted,
): Promise<Uint8Array<ArrayBuffer>> {
	counted(file.path, length);
	return withRetry(line, async () => {
		const part = length < file.size ? { from: 0, to: length - 1 } : {};
		const response = await request(line, file.url, { what: file.path, ...part });
		const bytes = new Uint8Array(length);
		let done = 0;
		for await (const piece of chunksOf(line, response)) {
			bytes.set(piece.subarray(0, length - done), done);
			done += Math.min(piece.length, length - done);
			if (done === length) return bytes; // a server without range support would send the whole file
		}
		if (done === length) return bytes;
		throw new TabTuneError("model", {
			what: hubMessage("endedEarly", { path: file.path, done }),
			where: new URL(line.endpoint).host,
			next: hubMessage("notUploadedWhole.next"),
		});
	});
}
