// Fuzzing of readers: inputs with a few things changed, and what a reader may do with them: read them, or refuse them with a typed
// error, within the bounds of time and memory. FUZZ_CASES=10000 tries more inputs than the suites do.
import { expect } from "vitest";
import { TabTuneError } from "./errors.ts";

const CASES = Number(process.env.FUZZ_CASES ?? 150);
const LONGEST = 5000; // ms of processor time: a busy machine counts for nothing
const SPARE = 200e6; // bytes, besides ten times the input

export interface Random {
	below(count: number): number;
	oneOf<T>(values: readonly T[]): T;
	chance(share: number): boolean;
}

/** Mulberry32 (https://github.com/bryc/code/blob/master/jshash/PRNGs.md). */
export function randomOf(seed: number): Random {
	let state = seed;
	const next = () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
	const below = (count: number) => Math.floor(next() * count);
	return { below, oneOf: (values) => values[below(values.length)], chance: (share) => next() < share };
}

/**
 * Runs a reader on random inputs.
 * @param make an input and its size in bytes; the same for the same number
 * @param read reads it; may throw a TabTuneError, or fail an expectation about what it has read
 * @returns how many inputs were read and refused
 */
export async function fuzz<T>(
	make: (random: Random) => { readonly input: T; readonly size: number },
	read: (input: T) => unknown,
): Promise<{ read: number; refused: number }> {
	const counts = { read: 0, refused: 0 };
	for (let number = 1; number <= CASES; number++) {
		const { input, size } = make(randomOf(number));
		const before = memory();
		const began = processorTime();
		try {
			await read(input);
			counts.read++;
		} catch (error) {
			if (!(error instanceof TabTuneError)) throw new Error(`case ${number}: ${error}`, { cause: error });
			expect(error.message.length, `case ${number}: length of the message`).toBeLessThan(5000);
			counts.refused++;
		}
		expect(processorTime() - began, `case ${number}: milliseconds`).toBeLessThan(LONGEST);
		expect(memory() - before, `case ${number}: bytes`).toBeLessThan(10 * size + SPARE);
	}
	expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("polluted");
	return counts;
}

/** Milliseconds of this process. */
export function processorTime(): number {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1000;
}

function memory(): number {
	const { heapUsed, arrayBuffers } = process.memoryUsage();
	return heapUsed + arrayBuffers;
}

const HOSTILE: readonly unknown[] = [
	...[null, true, 0, -1, 1.5, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, 1e9, 65_536],
	...[
		"",
		"a",
		"NaN",
		"__proto__",
		"constructor",
		"toString",
		"../../etc/passwd",
		"http://127.0.0.1:1/x",
		"\0",
		"\ud800",
	],
	...["(a+)+$", "([a-z_.0-9]+)+!", "x".repeat(100_000)],
	...[[], {}, [[]], [null], ["a"], { a: 1 }, Array.from({ length: 10_000 }, (_, i) => i)],
];
const hostile = (random: Random): unknown => structuredClone(random.oneOf(HOSTILE));
const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "a", ""];

/** The text of a JSON value with one to three things changed; sometimes of broken JSON. */
export function changedJson(random: Random, value: unknown): string {
	const copy = structuredClone(value);
	for (let left = 1 + random.below(3); left > 0; left--) {
		const [parent, key] = random.oneOf(placesOf(copy));
		const kind = random.below(5);
		if (kind === 0) delete parent[key];
		else if (kind === 1)
			Object.defineProperty(parent, random.oneOf(NAMES), {
				value: hostile(random),
				enumerable: true,
				configurable: true,
				writable: true,
			});
		else parent[key] = hostile(random);
	}
	const text = JSON.stringify(copy);
	return random.chance(0.15) ? changedText(random, text) : text;
}

type Parent = Record<string, unknown>;

function placesOf(value: unknown, found: [Parent, string][] = []): [Parent, string][] {
	if (typeof value !== "object" || value === null) return found;
	for (const key of Object.keys(value).slice(0, 200)) {
		found.push([value as Parent, key]);
		placesOf((value as Parent)[key], found);
	}
	return found.length === 0 ? [[value as Parent, "a"]] : found;
}

/** Pieces of text at which parsers of JSON, templates and tables change state. */
export const SNIPPETS = [
	...[
		"{",
		"}",
		"[",
		'"',
		",",
		":",
		"\\",
		"\0",
		"\ufeff",
		"\n",
		"\r\n",
		"null",
		"1e999",
		"-",
		"{%",
		"{{",
		'""',
		"\ud83d",
	],
	...['"__proto__":', "[".repeat(20_000)],
];

/** A text with one to four things changed. */
export function changedText(random: Random, text: string): string {
	let out = text;
	for (let left = 1 + random.below(4); left > 0; left--) {
		const at = random.below(out.length + 1);
		const to = Math.min(out.length, at + random.below(random.oneOf([2, 5, 50])));
		const kind = random.below(4);
		if (kind === 0) out = out.slice(0, at) + random.oneOf(SNIPPETS) + out.slice(at);
		else if (kind === 1) out = out.slice(0, at) + out.slice(to);
		else if (kind === 2) out = out.slice(0, at);
		else out = out.slice(0, at) + String.fromCharCode(random.below(65_536)) + out.slice(at + 1);
	}
	return out;
}

const INTEGERS = [0n, 1n, 8n, 255n, 0x7fffffffn, 0xffffffffn, 1n << 40n, 1n << 53n, (1n << 63n) - 1n, (1n << 64n) - 1n];

/** Bytes with one to four things changed, most of them before `head`. */
export function changedBytes(random: Random, bytes: Uint8Array, head = bytes.length): Uint8Array<ArrayBuffer> {
	let out = new Uint8Array(bytes);
	for (let left = 1 + random.below(4); left > 0 && out.length > 0; left--) {
		const at = random.below(random.chance(0.7) ? Math.min(head, out.length) : out.length);
		const kind = random.below(5);
		if (kind === 0) out[at] ^= 1 << random.below(8);
		else if (kind === 1) out[at] = random.below(256);
		else if (kind === 2 && at + 8 <= out.length)
			new DataView(out.buffer).setBigUint64(at, random.oneOf(INTEGERS), true);
		else if (kind === 3) out = out.slice(0, at);
		else out = new Uint8Array([...out.subarray(0, at), ...out.subarray(at + random.below(100))]);
	}
	return out;
}
