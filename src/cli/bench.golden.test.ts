import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";

test("bench measures the device and the bundled model, and prints the report unless --json is given", async () => {
	const cache = await mkdtemp(join(tmpdir(), "tabtune-bench-"));
	try {
		const bench = (...more: string[]) =>
			tabtune(["bench", "--tokens", "8", "--steps", "1", ...more], { TABTUNE_CACHE: cache });
		const { status, stdout, stderr } = await bench();
		expect(status).toBe(0);
		const found = JSON.parse(stdout);
		expect(found.tokens).toBe(8);
		expect(found.step.model).toBe("demo");
		for (const figure of [found.peak.gflops, found.peak.gigabytes_per_second, found.step_ms.min, found.gflops])
			expect(figure).toBeGreaterThan(0);
		expect(found.products).toHaveLength(6);
		expect(stderr).toContain("### LoRA step");
		const quiet = await bench("--json", "--r", "4");
		expect(quiet.stderr).not.toContain("### LoRA step");
		expect(JSON.parse(quiet.stdout).step.r).toBe(4);
		// The device's self-test; on a GPU its choice of kernels, too.
		expect(await readdir(cache)).toEqual(["tuning"]);
	} finally {
		await rm(cache, { recursive: true, force: true });
	}
});

test("bench refuses a number of tokens that is not positive", async () => {
	const { status, stderr } = await tabtune(["bench", "--tokens", "0"]);
	expect(status).toBe(2);
	expect(stderr).toContain("--tokens is 0");
});
