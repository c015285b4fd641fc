// The CRC-32 of every file that a zip's directory states (APPNOTE.TXT 4.3.12), which fflate does not compare.
import { strFromU8 } from "fflate";

const FILE = 0x02014b50;
const END = 0x06054b50;
const SHORTEST_END = 22;
const LONGEST_COMMENT = 0xffff;

/** @returns the checksums by path; null if the directory cannot be read */
export function zipChecksums(zip: Uint8Array): ReadonlyMap<string, number> | null {
	const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
	let end = zip.length - SHORTEST_END;
	const first = Math.max(0, end - LONGEST_COMMENT);
	while (end >= first && view.getUint32(end, true) !== END) end--;
	if (end < first) return null;
	const checksums = new Map<string, number>();
	let at = view.getUint32(end + 16, true);
	for (let left = view.getUint16(end + 10, true); left > 0; left--) {
		if (at + 46 > zip.length || view.getUint32(at, true) !== FILE) return null;
		const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
		const utf8 = (view.getUint16(at + 8, true) & 0x800) !== 0;
		checksums.set(strFromU8(zip.subarray(at + 46, at + 46 + name), !utf8), view.getUint32(at + 16, true));
		at += 46 + name + extra + comment;
	}
	return checksums;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
	let value = byte;
	for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
	return value;
});

export function crc32(bytes: Uint8Array): number {
	let value = 0xffffffff;
	for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
	return (value ^ 0xffffffff) >>> 0;
}
