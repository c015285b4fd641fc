// The byte alphabet of GPT-2 (bytes_to_unicode in openai/gpt-2, encoder.py): a printable character for each byte.

export const BYTE_ALPHABET: readonly string[] = (() => {
	let next = 256;
	return Array.from({ length: 256 }, (_, byte) => {
		const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
		return String.fromCharCode(printable ? byte : next++);
	});
})();

/** Entries of the cache. A full cache is cleared, which is cheaper than tracking the oldest entry. */
const MOST_WORDS = 100_000;
const words = new Map<string, string>();
const utf8 = new TextEncoder();

/** The UTF-8 bytes of a text in the alphabet. */
export function bytesAsText(text: string): string {
	const known = words.get(text);
	if (known !== undefined) return known;
	let written = "";
	for (const byte of utf8.encode(text)) written += BYTE_ALPHABET[byte];
	if (words.size >= MOST_WORDS) words.clear();
	words.set(text, written);
	return written;
}
