// Test helper: seeded mutations of bytes, texts and JSON, each reproducible from the number of its case.
import { SNIPPETS } from "../../shared/test-fuzz.ts";
import { randomInts } from "./test-tools.ts";

export class Mutator {
	/** A whole number under n. */
	readonly int: (n: number) => number;

	constructor(seed: number) {
		this.int = randomInts(Math.imul(seed, 2654435761));
	}

	pick<T>(list: readonly T[]): T {
		return list[this.int(list.length)];
	}

	/** Bytes with one to three changes, most of them near the start, where formats have their counts and offsets. */
	bytes(given: Uint8Array, head = given.length): Uint8Array<ArrayBuffer> {
		let out = Uint8Array.from(given);
		for (let n = 1 + this.int(3); n > 0 && out.length > 0; n--) {
			const at = this.int(this.int(10) < 7 ? Math.min(head, out.length) : out.length);
			const view = new DataView(out.buffer);
			const kind = this.int(6);
			if (kind === 0) out[at] ^= 1 << this.int(8);
			else if (kind === 1) out[at] = this.pick([0, 1, 127, 128, 255]);
			else if (kind === 2 && at + 4 <= out.length) view.setUint32(at, this.pick(COUNTS), true);
			else if (kind === 3 && at + 8 <= out.length) view.setBigUint64(at, BigInt(this.pick(COUNTS)) << 20n, true);
			else if (kind === 4) out = out.slice(0, at);
			else out = Uint8Array.from([...out.subarray(0, at), ...out.subarray(at + this.int(40))]);
		}
		return out;
	}

	/** JSON with one to three values replaced, removed or added. */
	json(given: unknown): string {
		const value: unknown = structuredClone(given);
		for (let n = 1 + this.int(3); n > 0; n--) {
			const places = placesOf(value);
			if (places.length === 0) break;
			const [parent, key] = places[this.int(this.int(2) === 0 ? Math.min(30, places.length) : places.length)];
			const kind = this.int(6);
			if (kind < 4) parent[key] = structuredClone(this.pick(HOSTILE));
			else if (kind === 4) delete parent[key];
			else parent[`${key}2`] = parent[key];
		}
		const text = JSON.stringify(value).replaceAll(`"${DEEP_MARK}"`, `${"[".repeat(5000)}${"]".repeat(5000)}`);
		return this.int(8) === 0 ? this.text(text) : text;
	}

	/** A text with a piece removed, repeated, cut off or replaced. */
	text(given: string): string {
		const at = this.int(given.length + 1);
		const end = Math.min(given.length, at + this.int(40));
		const kind = this.int(4);
		if (kind === 0) return given.slice(0, at);
		if (kind === 1) return given.slice(0, at) + given.slice(end);
		if (kind === 2) return given.slice(0, end) + given.slice(at, end).repeat(1 + this.int(300)) + given.slice(end);
		return given.slice(0, at) + this.pick(SNIPPETS) + given.slice(end);
	}
}

const COUNTS = [0, 1, 2, 255, 65_536, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const DEEP_MARK = "nested 5000 deep";
const HOSTILE: readonly unknown[] = [
	...[null, true, false, 0, -1, 1, 3, 1.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 1e9, 65_536, "", "a", "__proto__"],
	...["../../etc/passwd", "\ud800", "[", "(?<=a)b", "x".repeat(20_000), DEEP_MARK, [], {}, [[]], [null], [0], ["a"]],
	...[{ a: 1 }, { type: "x" }, Array.from({ length: 20_000 }, (_, i) => i)],
];
function placesOf(value: unknown, depth = 0): [Record<string, unknown>, string][] {
	if (typeof value !== "object" || value === null || depth > 10) return [];
	const parent = value as Record<string, unknown>;
	const keys = Object.keys(parent);
	const step = Math.max(1, Math.floor(keys.length / 40));
	return keys
		.filter((_, i) => i % step === 0)
		.flatMap((key) => [[parent, key] as [Record<string, unknown>, string], ...placesOf(parent[key], depth + 1)]);
}
