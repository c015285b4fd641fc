// Whole runs with LoRA and fully trained modules (modules_to_save), compared with PyTorch and PEFT in float64 (fixtures/make_saved_goldens.py).
import { describe, expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";
import { convertsByteForByte, matchesPeft, mergesOrRefuses } from "./test-golden.ts";

describe.each(["saved-head-norms", "saved-embed-tied", "saved-head-tied", "saved-both-tied"])("%s", (name) => {
	const run = matchesPeft(name);
	convertsByteForByte(run);
	mergesOrRefuses(run, null);
});

test.each([
	[
		["--modules-to-save", "up_proj", "--target-modules", "up_proj"],
		/up_proj is in modules_to_save and in target_modules/,
	],
])("%j is reported", async (options, message) => {
	const base = "fixtures/goldens/saved-head-norms";
	const train = [
		"train",
		"--model",
		base,
		"--train-file",
		`${base}/train.jsonl`,
		"--output-dir",
		"never",
		"--max-steps",
		"1",
	];
	const { status, stderr } = await tabtune([...train, ...options]);
	expect(status).toBe(2);
	expect(stderr).toMatch(message);
});
