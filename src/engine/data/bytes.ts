// Streams text and lines from a file that may exceed the maximum string length: byte chunks in, complete lines out.

import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { TextEncoding } from "../api.ts";
import { Windows1252Decoder } from "./windows-1252.ts";

/** A source of bytes: a file of the page, a file on disk, or anything else. */
export type ByteChunks = Blob | AsyncIterable<Uint8Array>;

/** Maximum length of a line; strings are limited to 2^29 characters. */
const LONGEST_LINE = 1 << 26;

/** Maximum size of a file of rows: a gigabyte takes minutes to tokenise, and at least as much memory. */
const LARGEST_FILE = 2 ** 31;
/** Maximum size of a plain text file, which cannot be read in part; a larger one is probably a mistake. */
export const LARGEST_TEXT = 2 ** 28;

/** A text file: where it comes from, and its name, which errors show. */
export interface TextFile {
	readonly blob: ByteChunks;
	readonly name: string;
	/** Defaults to UTF-8. */
	readonly encoding?: TextEncoding;
}

/** @throws TabTuneError "data" for a file so large that preparing it would take minutes. */
export function refuseHuge(source: ByteChunks, file: string, most = LARGEST_FILE): void {
	if (!(source instanceof Blob) || source.size <= most) return;
	throw new TabTuneError("data", {
		what: dataMessage("fileSize", { size: Math.round(source.size / 1e6), most: Math.floor(most / 1e6) }),
		where: file,
		next: dataMessage("fileSize.next"),
	});
}

/**
 * Decodes text in pieces that end at character boundaries; a byte-order mark is dropped.
 * @throws TabTuneError "data" if the bytes are not valid UTF-8, or more than `most`
 */
export async function* textPieces(
	{ blob, name: file, encoding }: TextFile,
	most = LARGEST_FILE,
): AsyncGenerator<string> {
	refuseHuge(blob, file, most);
	const decoder =
		encoding === "windows-1252" ? new Windows1252Decoder() : new TextDecoder(encoding ?? "utf-8", { fatal: true });
	const decode = async (chunk?: Uint8Array) => {
		try {
			return decoder.decode(chunk, { stream: chunk !== undefined });
		} catch (cause) {
			throw await notText(blob, file, encoding ?? "utf-8", cause);
		}
	};
	for await (const chunk of chunksOf(blob)) {
		const piece = await decode(chunk);
		if (piece !== "") yield piece;
	}
	const rest = await decode();
	if (rest !== "") yield rest;
}

async function notText(
	blob: ByteChunks,
	where: string,
	encoding: TextEncoding | "utf-8",
	cause: unknown,
): Promise<TabTuneError> {
	const { findInvalidText, windowsCharacter } = await import("./invalid-text.ts");
	const found = blob instanceof Blob ? await findInvalidText(blob, encoding) : null;
	const name = ENCODINGS[encoding];
	const { line = 1, column = 1, byte = null, value = null } = found ?? {};
	const place = { line, column, encoding: name };
	const what =
		found === null
			? dataMessage("notEncoded", { encoding: name })
			: byte === null || value === null
				? dataMessage("notEncodedAt", place)
				: dataMessage("notEncodedByte", { ...place, byte, value: value.toString(16).toUpperCase().padStart(2, "0") });
	const character = encoding === "utf-8" && value !== null ? windowsCharacter(value) : "";
	const next = character === "" ? dataMessage("notEncoded.next") : dataMessage("notEncodedWindows.next", { character });
	return new TabTuneError("data", { what, where, next }, { cause });
}

/** The names of the encodings in messages. */
export const ENCODINGS: Readonly<Record<TextEncoding | "utf-8", string>> = {
	"utf-8": "UTF-8",
	"utf-16le": "UTF-16",
	"utf-16be": "UTF-16",
	gb18030: "GB 18030",
	"windows-1252": "Windows-1252",
};

/** Lines without their "\n", "\r\n" or "\r"; the last one may lack it. */
export async function* lines(file: TextFile): AsyncGenerator<{ line: string; number: number }> {
	let kept = "";
	let number = 0;
	for await (const piece of textPieces(file)) {
		// Only the new piece is searched, so that the time for a long line is linear.
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

/** Reads the whole text. @throws TabTuneError "data" with the advice `next` if it is longer than `most` characters. */
export async function wholeText(file: TextFile, most: number, next: Message): Promise<string> {
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
