// Keys of rows by their text, whatever its white space: rows with the same key are the same to a reader.

/** A short key; 64 bits of hash and the length make collisions negligible. */
export function rowKey(row: object): string {
	const text = JSON.stringify(row)
		.replace(/(\\[nrt]|\s)+/g, " ")
		.replace(/" | "/g, '"');
	return `${text.length} ${hash(text, 0x811c9dc5)} ${hash(text, 0x01000193)}`;
}

/** 32-bit FNV-1a over UTF-16 units. */
function hash(text: string, seed: number): number {
	let h = seed;
	for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
	return h >>> 0;
}

/** How many of `held` are also among `trained`. */
export function overlap(trained: Iterable<string>, held: readonly string[]): number {
	const known = new Set(trained);
	return held.filter((key) => known.has(key)).length;
}
