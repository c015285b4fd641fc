// `npm test`: installs what is missing, runs every stage and ends with one line of true totals. `npm test -- units gpu`
// runs some stages alone. To add a stage: a line in STAGES.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gpuEnv } from "./ci/gpu-env.mjs";
import { ensurePackages } from "./ci/packages.mjs";
import { countPlaywright, countVitest, summary, table } from "./ci/totals.mjs";
import { ROOT } from "./files.mjs";

const REPORTS = join(ROOT, ".tabtune", "reports");
const MINUTE = 60_000;
/** A command that takes longer hangs. The browser's tests take a quarter of an hour on two cores without a GPU, on a slow machine twice that. */
const STAGE_MINUTES = 60;

const report = (/** @type {string} */ stage) => join(REPORTS, `${stage}.json`);
const vitest = (/** @type {string} */ project) => [
	[
		"vitest",
		"run",
		"--project",
		project,
		"--reporter=default",
		"--reporter=json",
		`--outputFile.json=${report(project)}`,
	],
];

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {string[][]} commands each a program of node_modules/.bin with its arguments
 * @property {((path: string) => import("./ci/totals.mjs").Counts)} [count] reads its report; without one it is a check
 * @property {("chromium" | "adapter")[]} [needs]
 */

/** @type {Stage[]} */
const STAGES = [
	{ name: "types", commands: [["tsc", "--noEmit"]] },
	{
		name: "lint",
		commands: [["biome", "lint", "--error-on-warnings"]],
	},
	{ name: "format", commands: [["biome", "check", "--linter-enabled=false"]] },
	{ name: "dead", commands: [["knip"]] },
	{ name: "units", commands: vitest("units"), count: countVitest },
	{ name: "gpu", commands: vitest("gpu"), count: countVitest, needs: ["adapter"] },
	{ name: "goldens", commands: vitest("goldens"), count: countVitest, needs: ["adapter"] },
	...["browser", "paced"].map((name) => ({
		name,
		commands: [["playwright", "test", `--project=${name}`]],
		count: countPlaywright,
		needs: /** @type {["chromium"]} */ (["chromium"]),
	})),
];

/**
 * Runs a program with its output on ours.
 * @param {string[]} command
 * @param {Record<string, string>} env
 * @param {number} milliseconds after which it is ended, as failed
 * @returns {Promise<boolean>} whether it did well
 */
function run([program, ...args], env, milliseconds) {
	const windows = process.platform === "win32";
	const path =
		program === "node" ? process.execPath : join(ROOT, "node_modules", ".bin", program + (windows ? ".cmd" : ""));
	return new Promise((resolve) => {
		const child = spawn(windows ? `"${path}"` : path, args, {
			cwd: ROOT,
			stdio: ["ignore", "inherit", "inherit"],
			env: { ...process.env, ...env },
			shell: windows,
		});
		const timer = setTimeout(() => {
			console.error(`\nerror: ${program} was still running after ${Math.round(milliseconds / MINUTE)} minutes: ended`);
			child.kill("SIGTERM");
			setTimeout(() => child.kill("SIGKILL"), 5000).unref();
		}, milliseconds);
		child.on("error", (error) => console.error(`error: ${program} did not start: ${error.message}`));
		child.on("close", (status) => {
			clearTimeout(timer);
			resolve(status === 0);
		});
	});
}

/**
 * Installs what the stages need. @returns {Promise<Record<string, string>>} the environment to run them in
 * @param {readonly Stage[]} stages
 */
async function provide(stages) {
	const { ensureAdapter, ensureChromium } = await import("./ci/provision.mjs");
	const needs = new Set(stages.flatMap((stage) => stage.needs ?? []));
	/** @type {Record<string, string>} */
	const env = {};
	// A lack is told here and makes the stages that need it fail; the others still run.
	const tell = (/** @type {unknown} */ error) =>
		console.error(`error: ${error instanceof Error ? error.message : error}`);
	if (needs.has("chromium")) {
		try {
			env.TABTUNE_CHROMIUM = await ensureChromium();
			console.log(`Chromium: ${env.TABTUNE_CHROMIUM}`);
		} catch (error) {
			tell(error);
		}
	}
	if (needs.has("adapter")) {
		try {
			console.log(`Adapter in Node: ${ensureAdapter()}`);
		} catch (error) {
			tell(error);
		}
	}
	return { ...env, ...gpuEnv() };
}

/** @param {readonly string[]} names */
function chosen(names) {
	const unknown = names.find((name) => STAGES.every((stage) => stage.name !== name));
	if (unknown !== undefined) {
		console.error(`error: no stage "${unknown}": there are ${STAGES.map(({ name }) => name).join(", ")}`);
		process.exit(2);
	}
	return names.length === 0 ? STAGES : STAGES.filter(({ name }) => names.includes(name));
}

const stages = chosen(process.argv.slice(2));
ensurePackages();
const env = await provide(stages);
mkdirSync(REPORTS, { recursive: true });
const results = [];
for (const { name, commands, count } of stages) {
	console.log(`\n── ${name} ${"─".repeat(Math.max(1, 60 - name.length))}`);
	rmSync(report(name), { force: true });
	const started = performance.now();
	let succeeded = true;
	for (const command of commands) {
		succeeded = (await run(command, { ...env, TABTUNE_E2E_REPORT: report(name) }, STAGE_MINUTES * MINUTE)) && succeeded;
	}
	const counts = count?.(report(name)) ?? { passed: 0, failed: 0, skipped: 0 };
	// A check counts when it fails; so does a stage that ended badly, or ran nothing, without a failed test to show.
	if (count !== undefined && counts.passed + counts.failed === 0) succeeded = false;
	if (!succeeded && counts.failed === 0) counts.failed = 1;
	results.push({ name, isCheck: count === undefined, seconds: (performance.now() - started) / 1000, ...counts });
}
console.log(`\n${table(results)}\n`);
console.log(summary(results));
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
