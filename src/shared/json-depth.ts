// A bound on the nesting of JSON, which code that walks its values by recursion relies on.

/** Levels of nesting that are read; files of models and rows have fewer than twenty. */
export const MOST_LEVELS = 200;

/** Whether a JSON text has more than MOST_LEVELS lists and objects inside one another. */
export function isTooDeep(text: string): boolean {
	if (text.length < 2 * MOST_LEVELS) return false;
	let depth = 0;
	for (let at = 0; at < text.length; at++) {
		const char = text.charCodeAt(at);
		if (char === 0x22) {
			for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++;
		} else if (char === 0x5b || char === 0x7b) {
			if (++depth > MOST_LEVELS) return true;
		} else if (char === 0x5d || char === 0x7d) depth--;
	}
	return false;
}
