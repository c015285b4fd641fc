// SentencePiece's precompiled_charsmap: a double-array trie (darts-clone) of UTF-8 strings and their replacements, applied as
// the Rust tokenizers apply it (normalizers/precompiled.rs and the crate spm_precompiled).

const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { ignoreBOM: true });
/** Graphemes of more bytes are looked up character by character. */
const LONGEST = 5;

/** @param base64 the map; an empty or missing one changes nothing. @throws Error for a broken map */
export function charsmapOf(base64: unknown): (text: string) => string {
	if (typeof base64 !== "string" || base64 === "") return (unchanged) => unchanged;
	const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
	const view = new DataView(bytes.buffer);
	const size = view.getUint32(0, true);
	if (size % 4 !== 0 || 4 + size > bytes.length) throw new Error("the precompiled_charsmap is cut");
	const trie = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
	const replacements = bytes.subarray(4 + size);
	const known = new Map<string, string | null>();
	const replacement = (part: string): string | null => {
		const cached = known.get(part);
		if (cached !== undefined) return cached;
		const start = shortestPrefix(trie, utf8.encode(part));
		const found = start === null ? null : text.decode(replacements.subarray(start, replacements.indexOf(0, start)));
		known.set(part, found);
		return found;
	};
	const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
	return (original) => {
		let written = "";
		for (const { segment } of graphemes.segment(original)) {
			const whole = utf8.encode(segment).length <= LONGEST ? replacement(segment) : null;
			if (whole !== null) written += whole;
			else for (const char of segment) written += replacement(char) ?? char;
		}
		return written;
	};
}

/** The value of the shortest string of the trie that the key starts with. */
function shortestPrefix(trie: Uint32Array, key: Uint8Array): number | null {
	const offset = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);
	let node = offset(trie[0]);
	for (const byte of key) {
		if (byte === 0) return null;
		node ^= byte;
		const unit = trie[node] ?? 0;
		if ((unit & 0x800000ff) >>> 0 !== byte) return null;
		node ^= offset(unit);
		if ((unit & 0x100) !== 0) return trie[node] & 0x7fffffff;
	}
	return null;
}
