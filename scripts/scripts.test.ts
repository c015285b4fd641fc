// Totals of a test run, whether the packages are installed, which driver is used.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { acceptsLavapipe, gpuEnv } from "./ci/gpu-env.mjs";
import { isInstalled } from "./ci/packages.mjs";
import { countTests, summary } from "./ci/totals.mjs";

const folder = mkdtempSync(join(tmpdir(), "tabtune-scripts-"));
afterAll(() => rmSync(folder, { recursive: true }));

function report(content: unknown): string {
	const path = join(folder, `${Math.random()}.json`);
	writeFileSync(path, JSON.stringify(content));
	return path;
}

test("vitest's report: skipped and todo tests are skipped; without a report there are no tests", () => {
	const path = report({ numPassedTests: 3, numFailedTests: 1, numPendingTests: 1, numTodoTests: 1, testResults: [] });
	expect(countTests(path)).toEqual({ passed: 3, failed: 1, skipped: 2 });
	expect(countTests(join(folder, "missing.json"))).toEqual({ passed: 0, failed: 0, skipped: 0 });
});

test("Playwright's report: a flaky test and an error outside any test are failures", () => {
	const path = report({ stats: { expected: 5, unexpected: 1, flaky: 1, skipped: 2 }, errors: [{}] });
	expect(countTests(path)).toEqual({ passed: 5, failed: 3, skipped: 2 });
});

test("the last line contains the totals", () => {
	const counts = [
		{ passed: 3, failed: 0, skipped: 1 },
		{ passed: 4, failed: 1, skipped: 0 },
	];
	expect(summary(counts)).toBe("7 passed, 1 failed, 1 skipped");
});

test("packages are installed when versions agree and only optional ones are missing", () => {
	const lock = {
		packages: {
			"": { version: "0.1.0" },
			"node_modules/a": { version: "1.0.0" },
			"node_modules/b-win32": { version: "2.0.0", optional: true },
		},
	};
	expect(isInstalled(lock, { packages: { "node_modules/a": { version: "1.0.0" } } })).toBe(true);
	expect(isInstalled(lock, { packages: { "node_modules/a": { version: "1.0.1" } } })).toBe(false);
	expect(isInstalled(lock, { packages: {} })).toBe(false);
});

test("skips Debian 12's lavapipe, which Dawn rejects, and uses that of its backports", () => {
	expect(acceptsLavapipe('{"ICD": {"api_version": "1.1.230", "library_path": "libvulkan_lvp.so"}}')).toBe(false);
	expect(acceptsLavapipe('{"ICD": {"api_version": "1.4.305", "library_path": "libvulkan_lvp.so"}}')).toBe(true);
	expect(acceptsLavapipe("{}")).toBe(false);
});

test("keeps a driver that the caller chose", () => {
	const before = process.env.VK_ICD_FILENAMES;
	process.env.VK_ICD_FILENAMES = "/chosen.json";
	try {
		expect(gpuEnv()).not.toHaveProperty("VK_ICD_FILENAMES");
	} finally {
		if (before === undefined) delete process.env.VK_ICD_FILENAMES;
		else process.env.VK_ICD_FILENAMES = before;
	}
});
