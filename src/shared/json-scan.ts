// Scans JSON for what JSON.parse does not report: the position of an error, duplicate keys, and the positions of numbers. It is
// one pass without recursion, so that a malicious file can neither overflow the stack nor cause quadratic time.
import { filesMessage } from "./messages/index.ts";
import type { Message } from "./messages/message.ts";

export interface JsonError {
	/** What is wrong: '"," or "}" is expected'. */
	readonly what: Message;
	/** Offset in the text. */
	readonly at: number;
	/** True when the text ends too early, inside a string or between values. */
	readonly incomplete?: true;
}

export interface ScanOptions {
	/** Whether two equal keys in one object are an error. */
	readonly uniqueKeys?: boolean;
	/** Receives the position of every number. */
	readonly onNumber?: (start: number, end: number) => void;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const WORD = /true|false|null/y;

/** The first error of a JSON text, or null. */
export function locateJsonError(text: string, { uniqueKeys = false, onNumber }: ScanOptions = {}): JsonError | null {
	const open: (Set<string> | null)[] = []; // the keys of an object, null for a list
	let expect: "value" | "first value" | "key" | "first key" | "next" = "value";
	let at = 0;
	for (;;) {
		at = skipSpace(text, at);
		if (at >= text.length) {
			return open.length === 0 && expect === "next"
				? null
				: { what: filesMessage("endsEarly"), at: text.length, incomplete: true };
		}
		const char = text[at];
		const keys = open.at(-1);
		if (expect === "next") {
			if (keys === undefined) return { what: filesMessage("afterEnd"), at };
			const close = keys === null ? "]" : "}";
			if (char === ",") expect = keys === null ? "value" : "key";
			else if (char === close) open.pop();
			else return { what: filesMessage("commaExpected", { close }), at };
			at++;
		} else if ((expect === "first value" && char === "]") || (expect === "first key" && char === "}")) {
			open.pop();
			expect = "next";
			at++;
		} else if (expect === "key" || expect === "first key") {
			if (char !== '"') return { what: filesMessage("keyExpected"), at };
			const end = stringEnd(text, at);
			if (typeof end !== "number") return end;
			if (uniqueKeys) {
				const key = JSON.parse(text.slice(at, end)) as string;
				if (keys?.has(key)) return { what: filesMessage("duplicateKey", { key: JSON.stringify(key) }), at };
				keys?.add(key);
			}
			at = skipSpace(text, end);
			if (text[at] !== ":") return { what: filesMessage("colonExpected"), at };
			at++;
			expect = "value";
		} else {
			if (char === "{" || char === "[") {
				open.push(char === "{" ? new Set() : null);
				expect = char === "{" ? "first key" : "first value";
				at++;
				continue;
			}
			let end = char === '"' ? stringEnd(text, at) : matchEnd(WORD, text, at);
			if (typeof end !== "number") return end;
			if (end === at) {
				end = matchEnd(NUMBER, text, at);
				if (end === at) return { what: filesMessage("valueExpected"), at };
				onNumber?.(at, end);
			}
			at = end;
			expect = "next";
		}
	}
}

/** "line 3, column 14", counted from 1. */
export function lineAndColumn(text: string, at: number): Message {
	const before = text.slice(0, at).split("\n");
	return filesMessage("lineAndColumn", { line: before.length, column: (before.at(-1) ?? "").length + 1 });
}

function skipSpace(text: string, from: number): number {
	let at = from;
	while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
	return at;
}

/** The end of the match of `pattern` at `at`; `at` itself without a match. */
function matchEnd(pattern: RegExp, text: string, at: number): number {
	pattern.lastIndex = at;
	return pattern.test(text) ? pattern.lastIndex : at;
}

/** The offset after a string's closing quote. */
function stringEnd(text: string, start: number): number | JsonError {
	for (let at = start + 1; at < text.length; at++) {
		const char = text[at];
		if (char === '"') return at + 1;
		if (char < " ") return { what: filesMessage("controlCharacter"), at };
		if (char !== "\\") continue;
		const length = text[at + 1] === "u" ? (/^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6)) ? 5 : 0) : 1;
		if (length === 0 || !'"\\/bfnrtu'.includes(text[at + 1] ?? "x")) return { what: filesMessage("badEscape"), at };
		at += length;
	}
	return { what: filesMessage("openString"), at: start, incomplete: true };
}
