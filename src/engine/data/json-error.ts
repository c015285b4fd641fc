// Where a text stops being JSON. Engines tell it only in some messages and each in its own words; people need the place.

const TOKEN =
	/[ \t\r\n]*(?:([[\]{},:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b))/y;
const SPACE = new Set(" \t\r\n");

/** Offset of the first token that cannot stand there; the length of the text when it ends too early; null when it is JSON. */
export function jsonErrorAt(text: string): number | null {
	const open: string[] = [];
	let expects: "value" | "value or ]" | "key or }" | "key" | ":" | ", or end" = "value";
	let at = 0;
	for (;;) {
		TOKEN.lastIndex = at;
		const match = TOKEN.exec(text);
		let start = at;
		while (start < text.length && SPACE.has(text[start])) start++;
		if (start >= text.length) return open.length === 0 && expects === ", or end" ? null : text.length;
		if (match === null) return text[start] === '"' && unended(text, start) ? text.length : start;
		const [, mark, string, scalar] = match;
		if (open.length === 0 && expects === ", or end") return start;
		if (expects === "value" || expects === "value or ]") {
			if (mark === "[" || mark === "{") {
				open.push(mark);
				expects = mark === "[" ? "value or ]" : "key or }";
			} else if (string !== undefined || scalar !== undefined) expects = ", or end";
			else if (mark === "]" && expects === "value or ]") {
				open.pop();
				expects = ", or end";
			} else return start;
		} else if (expects === "key" || expects === "key or }") {
			if (string !== undefined) expects = ":";
			else if (mark === "}" && expects === "key or }") {
				open.pop();
				expects = ", or end";
			} else return start;
		} else if (expects === ":") {
			if (mark !== ":") return start;
			expects = "value";
		} else {
			const list = open.at(-1) === "[";
			if (mark === ",") expects = list ? "value" : "key";
			else if (mark === (list ? "]" : "}")) open.pop();
			else return start;
		}
		at = TOKEN.lastIndex;
	}
}

/** True when the string that starts at `start` has no closing quote. */
function unended(text: string, start: number): boolean {
	for (let i = start + 1; i < text.length; i++) {
		if (text[i] === "\\") i++;
		else if (text[i] === '"') return false;
	}
	return true;
}
