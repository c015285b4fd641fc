import { expect, it } from "vitest";
import { MOST_UNPACKED, packText, unpackText } from "./link-text.ts";

const bytes = (length: number, value: (i: number) => number): Uint8Array =>
	Uint8Array.from({ length }, (_, i) => value(i));

it("parts of any length are unpacked as one", () => {
	for (const lengths of [[0], [1], [2, 3], [5000, 0, 4097], [100_000]]) {
		const parts = lengths.map((length, k) => bytes(length, (i) => (i * 7 + k) % 251));
		const joined = parts.flatMap((part) => [...part]);
		expect([...unpackText(packText(parts))]).toEqual(joined);
	}
});

it("a few characters that expand to gigabytes are rejected before decompression", () => {
	const bomb = packText([new Uint8Array(MOST_UNPACKED + 1)]);
	expect(bomb.length).toBeLessThan(50_000);
	expect(() => unpackText(bomb)).toThrow(/more than 16 MiB/);
});

it("reports the position of an invalid character", () => {
	const text = packText([bytes(50, (i) => i)]);
	expect(() => unpackText(`${text.slice(0, 30)}!${text.slice(31)}`)).toThrow(/character 31/);
});
