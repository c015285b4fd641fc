// Whole runs with modules trained whole beside LoRA (modules_to_save) against PyTorch and PEFT in float64 (fixtures/make_saved_goldens.py).
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";
import { heldToPeft } from "./test-golden.ts";

describe.each(["saved-head-norms", "saved-embed-tied", "saved-head-tied"])("%s", (name) => {
	const base = `fixtures/goldens/${name}`;
	const run = heldToPeft(name);

	test("PEFT's folder comes out as it went in", async () => {
		const copy = join(run().out, "copy");
		const from = `fixtures/goldens/${name}/final`;
		await ran("convert", "--model", base, "--adapter", from, "--to", "peft", "--output", copy);
		for (const file of ["adapter_model.safetensors", "adapter_config.json"])
			expect(await readFile(join(copy, file))).toEqual(await readFile(join(from, file)));
	});

	test("merged, it answers as base and adapter do; a tied table trained in one use cannot be merged", async () => {
		const merged = join(run().out, "merged");
		const adapter = ["--adapter", `fixtures/goldens/${name}/final`];
		const merge = ["merge", "--model", base, ...adapter, "--output-dir", merged, "--output-dtype", "float32"];
		if (name.endsWith("tied")) {
			const { status, stderr } = await tabtune(merge);
			expect(status).toBe(2);
			expect(stderr).toMatch(/ties lm_head to its embedding.*beside it/s);
			return;
		}
		await ran(...merge);
		const [both, one] = [join(run().out, "both.safetensors"), join(run().out, "one.safetensors")];
		await ran("logits", "--model", base, ...adapter, "--input-ids", "5,9,31,7", "--output", both);
		await ran("logits", "--model", merged, "--input-ids", "5,9,31,7", "--output", one);
		const [expected, found] = await Promise.all([both, one].map(logitsOf));
		expect(relativeError(found, expected)).toBeLessThan(1e-4);
	});
});

async function ran(...args: string[]): Promise<void> {
	const { status, stderr } = await tabtune(args);
	if (status !== 0) throw new Error(stderr);
}

const logitsOf = async (path: string) => (await readTensors(path)).get("logits")?.values ?? new Float32Array();

test.each([
	[["--modules-to-save", "lm_heads"], /modules_to_save names lm_heads, this model has no such module.*lm_head/s],
	[
		["--modules-to-save", "up_proj", "--target-modules", "up_proj"],
		/up_proj is in modules_to_save and in target_modules/,
	],
])("%j is told", async (options, message) => {
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
