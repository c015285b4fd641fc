// Text and lines out of a file that may be larger than a string can be: chunks of bytes in, whole lines out.

import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage } from "../../shared/messages/data.en.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import type { TextEncoding } from "../api.ts";

/** What data is read from: a file of the page, a file on disk, or bytes from anywhere. */
export type ByteChunks = Blob | AsyncIterable<Uint8Array>;

/** A line longer than this is no row: 2^29 characters is where strings end. */
const LONGEST_LINE = 1 << 26;

/** The most bytes of a file of rows: tokenising takes minutes for a gigabyte, and its rows as much memory and more. */
const LARGEST_FILE = 2 ** 31;
/** The most bytes of a plain text, which has no rows to take some of: more than this is not read by mistake in one go. */
export const LARGEST_TEXT = 2 ** 28;

/** A text file: where it comes from, and its name, which errors show. */
export interface TextFile {
	readonly blob: ByteChunks;
	readonly name: string;
	/** By default UTF-8. */
	readonly encoding?: TextEncoding;
}

/** @throws TabTuneError "data" for a file that would take minutes before the first step. */
export function refuseHuge(source: ByteChunks, file: string, most = LARGEST_FILE): void {
	if (!(source instanceof Blob) || source.size <= most) return;
	throw new TabTuneError("data", {
		what: dataMessage("fileSize", { size: Math.round(source.size / 1e6), most: Math.floor(most / 1e6) }),
		where: file,
		next: dataMessage("fileSize.next"),
	});
}

/**
 * Pieces of text, cut anywhere but inside a character; a byte-order mark is dropped.
 * @throws TabTuneError "data" where the bytes are not UTF-8, or more than `most`
 */
export async function* textPieces(
	{ blob, name: file, encoding }: TextFile,
	most = LARGEST_FILE,
): AsyncGenerator<string> {
	refuseHuge(blob, file, most);
	const decoder = new TextDecoder(encoding ?? "utf-8", { fatal: true });
	let bytes = 0;
	const decode = (chunk?: Uint8Array) => {
		try {
			return decoder.decode(chunk, { stream: chunk !== undefined });
		} catch (cause) {
			throw new TabTuneError(
				"data",
				{
					what: dataMessage("notUtf8", { byte: bytes }),
					where: file,
					next: dataMessage("notUtf8.next"),
				},
				{ cause },
			);
		}
	};
	for await (const chunk of chunksOf(blob)) {
		const piece = decode(chunk);
		bytes += chunk.length;
		if (piece !== "") yield piece;
	}
	const rest = decode();
	if (rest !== "") yield rest;
}

/** Lines without their "\n", "\r\n" or "\r"; the last one may lack it. */
export async function* lines(file: TextFile): AsyncGenerator<{ line: string; number: number }> {
	let kept = "";
	let number = 0;
	for await (const piece of textPieces(file)) {
		// Only the piece is looked through again, so that a long line costs no more than its length.
		const parts = piece.split("\n");
		parts[0] = kept + parts[0];
		kept = parts.pop() ?? "";
		if (kept.length > LONGEST_LINE) {
			throw new TabTuneError("data", {
				what: dataMessage("longLine", { line: number + parts.length + 1, most: LONGEST_LINE }),
				where: file.name,
				next: dataMessage("longLine.next"),
			});
		}
		for (const part of parts) yield { line: part.endsWith("\r") ? part.slice(0, -1) : part, number: ++number };
	}
	if (kept !== "") yield { line: kept.endsWith("\r") ? kept.slice(0, -1) : kept, number: ++number };
}

/** The whole text. @throws TabTuneError "data" when it is longer than `most` characters, saying `next`. */
export async function wholeText(file: TextFile, most: number, next: MessageText): Promise<string> {
	const pieces: string[] = [];
	let length = 0;
	for await (const piece of textPieces(file)) {
		length += piece.length;
		if (length > most)
			throw new TabTuneError("data", {
				what: dataMessage("fileLarger", { most: Math.floor(most / 2 ** 20) }),
				where: file.name,
				next,
			});
		pieces.push(piece);
	}
	return pieces.join("");
}

async function* chunksOf(source: ByteChunks): AsyncGenerator<Uint8Array> {
	if (!(source instanceof Blob)) {
		yield* source;
		return;
	}
	const reader = source.stream().getReader();
	try {
		for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
	} finally {
		await reader.cancel();
	}
}
