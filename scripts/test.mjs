// `npm test`: installs what is missing, runs every stage and ends with a line of totals. `npm test -- units gpu` runs only those
// stages. To add a stage, add a line to STAGES.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensurePackages } from "./ci/packages.mjs";
import { countTests, summary } from "./ci/totals.mjs";
import { ROOT } from "./files.mjs";

const REPORTS = join(ROOT, ".tabtune", "reports");
const TIMEOUT_MINUTES = 60; // for a stage that hangs

const report = (/** @type {string} */ stage) => join(REPORTS, `${stage}.json`);
const vitest = (/** @type {string} */ project) => ({
	command: `vitest run --project ${project} --reporter=default --reporter=json --outputFile.json=${report(project)}`,
	tests: true,
});
const playwright = (/** @type {string} */ project) => ({
	command: `playwright test --project=${project}`,
	tests: true,
});

/** @type {Record<string, { command: string, tests?: boolean }>} a stage without tests counts only when it fails */
const STAGES = {
	types: { command: "tsc --noEmit" },
	lint: { command: "biome lint --error-on-warnings" },
	format: { command: "biome check --linter-enabled=false" },
	dead: { command: "knip" },
	units: vitest("units"),
	gpu: vitest("gpu"),
	goldens: vitest("goldens"),
	browser: playwright("browser"),
	paced: playwright("paced"),
};

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(STAGES);
const unknown = chosen.find((name) => !Object.hasOwn(STAGES, name));
if (unknown !== undefined) {
	console.error(`error: unknown stage "${unknown}"; the stages are ${Object.keys(STAGES).join(", ")}`);
	process.exit(2);
}

ensurePackages();
const { ensureAdapter, ensureChromium } = await import("./ci/provision.mjs");
// What cannot be installed is reported here and makes the stages that need it fail; the others still run.
const provide = async (/** @type {string[]} */ stages, /** @type {() => string | Promise<string>} */ ensure) => {
	if (!chosen.some((name) => stages.includes(name))) return;
	try {
		const found = await ensure();
		console.log(`Found ${found}`);
		if (ensure === ensureChromium) process.env.TABTUNE_CHROMIUM = found;
	} catch (error) {
		console.error(`error: ${error instanceof Error ? error.message : error}`);
	}
};
await provide(["browser", "paced"], ensureChromium);
await provide(["gpu", "goldens"], ensureAdapter);

mkdirSync(REPORTS, { recursive: true });
const results = [];
const lines = [];
for (const name of chosen) {
	const { command, tests = false } = STAGES[name];
	console.log(`\n── ${name} ${"─".repeat(60 - name.length)}`);
	rmSync(report(name), { force: true });
	const started = performance.now();
	const { status, error } = spawnSync(`npx --no-install ${command}`, {
		cwd: ROOT,
		shell: true,
		stdio: ["ignore", "inherit", "inherit"],
		env: { ...process.env, TABTUNE_E2E_REPORT: report(name) },
		timeout: TIMEOUT_MINUTES * 60_000,
	});
	if (error !== undefined) console.error(`error: ${name} did not finish: ${error.message}`);
	const counts = tests ? countTests(report(name)) : { passed: 0, failed: 0, skipped: 0 };
	const succeeded = status === 0 && (!tests || counts.passed > 0);
	if (!succeeded && counts.failed === 0) counts.failed = 1;
	results.push(counts);
	const seconds = ((performance.now() - started) / 1000).toFixed(1);
	const outcome = tests ? summary([counts]) : succeeded ? "passed" : "failed";
	lines.push(`${name.padEnd(10)} ${seconds.padStart(7)} s  ${outcome}`);
}
console.log(`\n${lines.join("\n")}\n\n${summary(results)}`);
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
