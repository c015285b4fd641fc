import { expect, test } from "vitest";
import { formatBytes, formatMebibytes } from "./format-bytes.ts";

test("bytes are decimal and never 1000 KB", () => {
	expect([0, 999, 1000, 92_160, 999_600, 41e6, 1.5e9].map(formatBytes)).toEqual([
		"0 B",
		"999 B",
		"1.0 KB",
		"92 KB",
		"1.0 MB",
		"41 MB",
		"1.5 GB",
	]);
});

test("mebibytes are rounded up", () => {
	expect([0, 1, 2 ** 20, 2 ** 20 + 1].map(formatMebibytes)).toEqual(["0 MiB", "1 MiB", "1 MiB", "2 MiB"]);
});
