// Packs bytes into text for the fragment of a URL: version, length, CRC-32, and base64url of the deflated bytes, so that damage by
// a chat or a clipboard is detected. A new format gets a new version; the old ones stay readable.

import { Deflate, Inflate } from "fflate";
import { TabTuneError } from "../../shared/errors.ts";
import { linkMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";

const VERSION = "tt1";
/** Limit of the unpacked size: 2 MiB of text, the longest URL, unpack to a tenth of this. */
export const MOST_UNPACKED = 2 ** 24;
/** Deflate shrinks at most 1032-fold, so a piece of this many bytes unpacks to less than 5 MB. */
const PIECE = 4096;
const WHERE = linkMessage("link");
const AGAIN = linkMessage("copyAgain.next");

/**
 * `tt1.<characters after the last dot, base 36>.<CRC-32 of those, 8 hex digits>.<base64url>`
 * @param parts compressed one after another, each with its own Huffman codes; `unpackText` returns them joined.
 */
export function packText(parts: readonly Uint8Array[]): string {
	const body = toBase64Url(deflate(parts));
	return `${VERSION}.${body.length.toString(36)}.${crc32(body)}.${body}`;
}

/**
 * The inverse of `packText`. White space, which mail programs add at line ends, is ignored.
 * @throws TabTuneError "adapter" for text that is not a link, has another version, is cut or changed, or unpacks to too much.
 */
export function unpackText(given: string): Uint8Array {
	const text = given.replace(/\s+/g, "");
	const [version, length, crc, body, ...rest] = text.split(".");
	if (!/^tt\d+$/.test(version)) throw linkError(linkMessage("notLink"), linkMessage("notLink.next"));
	if (version !== VERSION)
		throw linkError(
			linkMessage("otherVersion", { version: version.slice(2), own: VERSION.slice(2) }),
			linkMessage("otherVersion.next"),
		);
	if (body === undefined) throw linkError(linkMessage("endsBeforeAdapter"), AGAIN);
	if (rest.length > 0 || !/^[0-9a-z]{1,6}$/.test(length) || !/^[0-9a-f]{8}$/.test(crc))
		throw linkError(linkMessage("damagedStart"), AGAIN);
	const invalid = /[^\w-]/.exec(body);
	if (invalid !== null)
		throw linkError(
			linkMessage("strangeCharacter", {
				character: JSON.stringify(String.fromCodePoint(body.codePointAt(invalid.index) ?? 0)),
			}),
			AGAIN,
			linkMessage("character", { at: text.length - body.length + invalid.index + 1 }),
		);
	const whole = Number.parseInt(length, 36);
	if (body.length < whole) throw linkError(linkMessage("truncated", { length: body.length, whole }), AGAIN);
	if (body.length > whole) throw linkError(linkMessage("tooLong", { extra: body.length - whole }), AGAIN);
	if (crc32(body) !== crc) throw linkError(linkMessage("badChecksum"), AGAIN);
	return inflate(fromBase64Url(body));
}

/** An error about the link itself. */
export function linkError(what: Message, next: Message, where: Message | string = WHERE): TabTuneError {
	return new TabTuneError("adapter", { what, where, next });
}

function deflate(parts: readonly Uint8Array[]): Uint8Array {
	const pieces: Uint8Array[] = [];
	const stream = new Deflate({ level: 9 }, (piece) => pieces.push(piece));
	for (const part of parts) {
		stream.push(part);
		// Ends the block: the next part has other frequencies, and shared codes would cost 5 %.
		stream.flush();
	}
	stream.push(new Uint8Array(0), true);
	return joined(pieces);
}

/** Unpacks piece by piece, so that a decompression bomb is detected before it fills the memory. */
function inflate(packed: Uint8Array): Uint8Array {
	const pieces: Uint8Array[] = [];
	let total = 0;
	let ended = false;
	const stream = new Inflate((piece, final) => {
		total += piece.length;
		ended = final;
		if (total <= MOST_UNPACKED) pieces.push(piece);
	});
	try {
		for (let at = 0; at < packed.length && total <= MOST_UNPACKED; at += PIECE)
			stream.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length);
	} catch (cause) {
		throw new TabTuneError(
			"adapter",
			{ what: linkMessage("unpackFailed"), where: WHERE, next: linkMessage("makeAgain.next") },
			{ cause },
		);
	}
	if (total > MOST_UNPACKED)
		throw linkError(linkMessage("unpacksTooLarge", { size: MOST_UNPACKED / 2 ** 20 }), linkMessage("doNotOpen.next"));
	if (!ended) throw linkError(linkMessage("unpackEndsEarly"), linkMessage("makeAgain.next"));
	return joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
	const bytes = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
	let at = 0;
	for (const piece of pieces) {
		bytes.set(piece, at);
		at += piece.length;
	}
	return bytes;
}

/** RFC 4648, section 5, without padding. */
function toBase64Url(bytes: Uint8Array): string {
	let binary = "";
	// In pieces, because a call has a limit of some tens of thousands of arguments.
	for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
	return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array {
	// Four characters encode three bytes; a single leftover character encodes none.
	if (text.length % 4 === 1) throw linkError(linkMessage("badLength"), linkMessage("makeAgain.next"));
	return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}

let crcTable: Uint32Array | null = null;

/** CRC-32 (ISO 3309, as in zip and PNG) of an ASCII text; it detects every change of one to four adjacent characters. */
function crc32(text: string): string {
	crcTable ??= Uint32Array.from({ length: 256 }, (_, byte) => {
		let crc = byte;
		for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
		return crc;
	});
	let crc = 0xffffffff;
	for (let i = 0; i < text.length; i++) crc = crcTable[(crc ^ text.charCodeAt(i)) & 0xff] ^ (crc >>> 8);
	return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
}
