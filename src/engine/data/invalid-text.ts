// Finds the first bytes of a file that are not text in its encoding, for the error message. Imported on demand.

import type { TextEncoding } from "../api.ts";

export interface InvalidText {
	/** From 1, as editors count. */
	readonly line: number;
	readonly column: number;
	/** The offset in the file, from 0, and the byte there; null where the encoding does not tell. */
	readonly byte: number | null;
	readonly value: number | null;
}

const REPLACEMENT = "\uFFFD";

/** @returns null if the bytes are valid */
export async function findInvalidText(blob: Blob, encoding: TextEncoding | "utf-8"): Promise<InvalidText | null> {
	const decoder = new TextDecoder(encoding, { ignoreBOM: true });
	let line = 1;
	let column = 1;
	let byte = 0;
	const pass = (text: string) => {
		const lines = text.split("\n");
		line += lines.length - 1;
		column = (lines.length === 1 ? column : 1) + (lines.at(-1) ?? "").replace("\uFEFF", "").length;
		byte += encoding === "utf-8" ? new TextEncoder().encode(text).length : 2 * text.length;
	};
	const reader = blob.stream().getReader();
	for (let next = await reader.read(); ; next = await reader.read()) {
		const text = next.done ? decoder.decode() : decoder.decode(next.value, { stream: true });
		for (let from = 0; ; ) {
			const at = text.indexOf(REPLACEMENT, from);
			pass(text.slice(from, at < 0 ? undefined : at));
			if (at < 0) break;
			const place = encoding === "gb18030" ? null : byte; // windows-1252 accepts every byte
			const bytes = new Uint8Array(await blob.slice(place ?? 0, (place ?? 0) + 3).arrayBuffer());
			// The character itself may be in the text.
			const genuine = encoding === "utf-8" && bytes[0] === 0xef && bytes[1] === 0xbf && bytes[2] === 0xbd;
			if (!genuine) return { line, column, byte: place, value: place === null ? null : (bytes[0] ?? null) };
			pass(REPLACEMENT);
			from = at + 1;
		}
		if (next.done) return null;
	}
}

/** The character of a byte in Windows-1252 and Latin-1; "" for bytes in which the two differ. */
export const windowsCharacter = (byte: number): string => (byte >= 0xa0 ? String.fromCharCode(byte) : "");
