// Number formats, at the edges where rounding changes the unit.
import { describe, expect, test } from "vitest";
import { plainNumber } from "../../src/shared/setting-values.ts";
import { about, clock, compact, loss, percent } from "./format.ts";

describe("format", () => {
	test("compact abbreviates counts", () => {
		expect([0, 950, 1100, 22016, 162816, 999_960, 2755008, 135e6, 1.24e9].map(compact)).toEqual([
			"0",
			"950",
			"1.1k",
			"22k",
			"163k",
			"1.0M",
			"2.8M",
			"135M",
			"1.2B",
		]);
	});

	test("about keeps three significant digits", () => {
		expect([310851, 78838, 950].map(about)).toEqual(["311,000", "78,800", "950"]);
	});

	test("loss keeps two significant digits", () => {
		expect([2.3149, 0.1, 0.0123, 123.4, 0, Number.NaN].map(loss)).toEqual(["2.31", "0.10", "0.012", "123", "0", "—"]);
	});

	test("clock rolls over at a minute and an hour", () => {
		expect([0, 31, 59.6, 725, 3723, -2].map(clock)).toEqual(["0:00", "0:31", "1:00", "12:05", "1:02:03", "0:00"]);
	});

	test("percent", () => {
		expect([0.00799, 0.123, 0.0004, 1].map(percent)).toEqual(["0.8", "12", "0.04", "100"]);
	});

	test("plainNumber round-trips", () => {
		for (const n of [2e-4, 5e-3, 1e-8, 16, 0, 1.5e-5, 0.999]) expect(Number(plainNumber(n))).toBe(n);
		expect(plainNumber(2e-4)).toBe("2e-4");
	});
});
