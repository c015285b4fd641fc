// Fuzzing of readers: inputs with a few things changed, and what a reader may do with them: read them, or refuse them with a typed
// error, within the bounds of time and memory. FUZZ_CASES=10000 tries more inputs than the suites do and prints the counts, the
// slowest case and the one that occupied the most memory; FUZZ_FIRST is the number of the first.
import { expect } from "vitest";
import { TabTuneError } from "./errors.ts";

const CASES = Number(process.env.FUZZ_CASES ?? 150);
const FIRST = Number(process.env.FUZZ_FIRST ?? 1);
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
	const most = { milliseconds: 0, slowest: 0, bytes: 0, largest: 0 };
	for (let number = FIRST; number < FIRST + CASES; number++) {
		const { input, size } = make(randomOf(number));
		const before = peakMemory();
		const began = processorTime();
		try {
			await read(input);
			counts.read++;
		} catch (error) {
			if (!(error instanceof TabTuneError)) throw new Error(`case ${number}: ${error}`, { cause: error });
			expect(error.message.length, `case ${number}: length of the message`).toBeLessThan(5000);
			counts.refused++;
		}
		const milliseconds = processorTime() - began;
		const bytes = peakMemory() - before;
		if (milliseconds > most.milliseconds) Object.assign(most, { milliseconds, slowest: number });
		if (bytes > most.bytes) Object.assign(most, { bytes, largest: number });
		expect(milliseconds, `case ${number}: milliseconds`).toBeLessThan(LONGEST);
		expect(bytes, `case ${number}: bytes`).toBeLessThan(10 * size + SPARE);
	}
	expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("polluted");
	if (process.env.FUZZ_CASES !== undefined)
		console.log(JSON.stringify({ test: expect.getState().currentTestName, ...counts, ...most, peak: peakMemory() }));
	return counts;
}

/** Milliseconds that this process has computed; the kernel's share depends on how busy the machine is. */
export const processorTime = (): number => process.cpuUsage().user / 1000;

/** The most bytes of memory that this process has ever occupied, native libraries included. */
const peakMemory = (): number => process.resourceUsage().maxRSS * 1024;

const DEEP = "nested 5000 deep";
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
	...["(a+)+$", "([a-z_.0-9]+)+!", "[", "(?<=a)b", "x".repeat(100_000), DEEP],
	...[[], {}, [[]], [null], [0], ["a"], { a: 1 }, { type: "x" }, Array.from({ length: 20_000 }, (_, i) => i)],
];
const hostile = (random: Random): unknown => structuredClone(random.oneOf(HOSTILE));
const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "a", ""];

/** The text of a JSON value with one to three things changed; sometimes of broken JSON. */
export function changedJson(random: Random, value: unknown): string {
	const copy = structuredClone(value);
	for (let left = 1 + random.below(3); left > 0; left--) {
		const places = placesOf(copy);
		// Half of the changes are among the first values, which long lists such as vocabularies would crowd out.
		const [parent, key] = places[random.below(random.chance(0.5) ? Math.min(30, places.length) : places.length)];
		const kind = random.below(6);
		if (kind === 0) delete parent[key];
		else if (kind === 5) parent[`${key}2`] = parent[key];
		else if (kind === 1)
			Object.defineProperty(parent, random.oneOf(NAMES), {
				value: hostile(random),
				enumerable: true,
				configurable: true,
				writable: true,
			});
		else parent[key] = hostile(random);
	}
	const text = JSON.stringify(copy).replaceAll(`"${DEEP}"`, `${"[".repeat(5000)}${"]".repeat(5000)}`);
	return random.chance(0.15) ? changedText(random, text) : text;
}

type Parent = Record<string, unknown>;

function placesOf(value: unknown, found: [Parent, string][] = []): [Parent, string][] {
	if (typeof value !== "object" || value === null) return found;
	const keys = Object.keys(value);
	const step = Math.max(1, Math.floor(keys.length / 40));
	for (const key of keys.filter((_, i) => i % step === 0)) {
		found.push([value as Parent, key]);
		placesOf((value as Parent)[key], found);
	}
	return found.length === 0 ? [[value as Parent, "a"]] : found;
}

/** Pieces of text at which parsers of JSON, templates and tables change state. */
const SNIPPETS = [
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
export function changedText(random: Random, text: string, snippets: readonly string[] = SNIPPETS): string {
	let out = text;
	for (let left = 1 + random.below(4); left > 0; left--) {
		const at = random.below(out.length + 1);
		const to = Math.min(out.length, at + random.below(random.oneOf([2, 5, 50])));
		const kind = random.below(5);
		if (kind === 0) out = out.slice(0, at) + random.oneOf(snippets) + out.slice(at);
		else if (kind === 4) out = out.slice(0, to) + out.slice(at, to).repeat(random.below(300)) + out.slice(to);
		else if (kind === 1) out = out.slice(0, at) + out.slice(to);
		else if (kind === 2) out = out.slice(0, at);
		else out = out.slice(0, at) + String.fromCharCode(random.below(65_536)) + out.slice(at + 1);
	}
	return out;
}

const INTEGERS = [0n, 1n, 8n, 255n, 0x7fffffffn, 0xffffffffn, 1n << 40n, 1n << 53n, (1n << 63n) - 1n, (1n << 64n) - 1n];

const COUNTS = [0, 1, 2, 255, 65_536, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** Bytes with one to four things changed, most of them before `head`. */
export function changedBytes(random: Random, bytes: Uint8Array, head = bytes.length): Uint8Array<ArrayBuffer> {
	let out = new Uint8Array(bytes);
	for (let left = 1 + random.below(4); left > 0 && out.length > 0; left--) {
		const at = random.below(random.chance(0.7) ? Math.min(head, out.length) : out.length);
		const kind = random.below(6);
		if (kind === 0) out[at] ^= 1 << random.below(8);
		else if (kind === 1) out[at] = random.below(256);
		else if (kind === 5 && at + 4 <= out.length) new DataView(out.buffer).setUint32(at, random.oneOf(COUNTS), true);
		else if (kind === 2 && at + 8 <= out.length)
			new DataView(out.buffer).setBigUint64(at, random.oneOf(INTEGERS), true);
		else if (kind === 3) out = out.slice(0, at);
		else out = new Uint8Array([...out.subarray(0, at), ...out.subarray(at + random.below(100))]);
	}
	return out;
}

/** A safetensors file with changes in its JSON header, or in its bytes. */
export function changedSafetensors(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
	if (random.chance(0.35)) return changedBytes(random, bytes, 400);
	const end = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
	const header = new TextEncoder().encode(
		changedJson(random, JSON.parse(new TextDecoder().decode(bytes.subarray(8, end)))),
	);
	return new Uint8Array([
		...new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer),
		...header,
		...bytes.subarray(end),
	]);
}
