// compare-methods compared with single runs: a row has the losses of `train` with the method's settings.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MethodsTable } from "../engine/api.ts";
import { tabtune } from "./test-cli.ts";

const GOLDEN = "fixtures/goldens/odd";
const DATA = ["--train-file", `${GOLDEN}/train.jsonl`, "--eval-file", `${GOLDEN}/eval.jsonl`];
const SHARED = ["--model", GOLDEN, "--config", `${GOLDEN}/run.json`, "--max-steps", "4", ...DATA];

let out = "";
let table: MethodsTable;
beforeAll(async () => {
	out = await mkdtemp(join(tmpdir(), "tabtune-methods-"));
	const methods = ["--methods", "lora,loraplus", "--seeds", "3,5"];
	const run = await tabtune(["compare-methods", ...SHARED, ...methods, "--output-dir", out]);
	expect(run.stderr).not.toMatch(/^error:/m);
	expect(run.status).toBe(0);
	table = JSON.parse(await readFile(join(out, "table.json"), "utf8"));
});
afterAll(() => rm(out, { recursive: true, force: true }));

test("one row per method and one run per seed, each with a folder", async () => {
	expect(table.rows.map(({ method, runs }) => [method, runs.map(({ seed }) => seed)])).toEqual([
		["lora", [3, 5]],
		["loraplus", [3, 5]],
	]);
	for (const { runs, cost, speed, error } of table.rows) {
		expect(error).toBeNull();
		expect(cost?.fileBytes).toBeGreaterThan((cost?.trainableParameters ?? Number.NaN) * 4);
		expect(speed?.merged).toBeGreaterThan(0);
		for (const { id, peakBytes, stepMilliseconds, tokensPerSecond } of runs) {
			expect(Math.min(peakBytes, stepMilliseconds, tokensPerSecond)).toBeGreaterThan(0);
			const config = JSON.parse(await readFile(join(out, id ?? "", "adapter_config.json"), "utf8"));
			expect(config.peft_type).toBe("LORA");
		}
	}
	expect((await readFile(join(out, "table.md"), "utf8")).trim().split("\n")).toHaveLength(4);
	expect((await readFile(join(out, "table.csv"), "utf8")).trim().split("\n")).toHaveLength(3);
});

test("the losses equal those of train with the same settings", async () => {
	const [, { runs, learning_rate }] = table.rows;
	const settings = ["--seed", "5", "--loraplus-lr-ratio", "16", "--learning-rate", String(learning_rate)];
	const alone = await tabtune(["train", ...SHARED, ...settings, "--output-dir", join(out, "alone"), "--quiet"]);
	expect(alone.status).toBe(0);
	const { eval_loss, loss } = JSON.parse(alone.stdout);
	expect(runs[1].evalLoss).toBe(eval_loss);
	expect(runs[1].loss).toBe(loss);
	expect(runs[1].evalLoss).not.toBe(runs[0].evalLoss);
});

test.each([
	[["--methods", "lora,dorra"], /there is no method "dorra".*did you mean "dora"/],
	[["--seeds", "1,1"], /--seeds is "1,1"/],
])("%j is rejected before anything is written", async (extra, message) => {
	const folder = join(out, "refused");
	const run = await tabtune(["compare-methods", ...SHARED, ...extra, "--output-dir", folder]);
	expect(run.status).toBe(2);
	expect(run.stderr).toMatch(message);
	await expect(readFile(join(folder, "table.json"))).rejects.toThrow();
});

test.each(["SIGTERM", "SIGINT"] as const)(
	"%s: finished runs are in the table, and the stopped one has its adapter",
	async (signal) => {
		const folder = join(out, signal);
		const args = ["compare-methods", ...SHARED, "--max-steps", "40", "--methods", "lora,dora", "--output-dir", folder];
		const child = spawn(process.execPath, ["scripts/tabtune.mjs", ...args], { stdio: ["ignore", "pipe", "pipe"] });
		let sent = false;
		let [stdout, stderr] = ["", ""];
		child.stdout.on("data", (piece) => {
			stdout += piece;
		});
		child.stderr.on("data", (piece) => {
			stderr += piece;
			// The second method has begun: its first step follows within a moment.
			if (sent || !/^dora, seed \d+$/m.test(stderr)) return;
			sent = true; // a second signal would end the process
			setTimeout(() => child.kill(signal), 500);
		});
		expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
		expect(stderr).toMatch(/dora, seed \d+: stopped at step \d+; the adapter is in/);
		expect(JSON.parse(stdout)).toMatchObject({ state: "stopped", rows: [{ method: "lora", error: null }] });
		const { rows } = JSON.parse(await readFile(join(folder, "table.json"), "utf8")) as MethodsTable;
		expect(rows.map(({ method, runs }) => [method, runs[0].steps])).toEqual([["lora", 40]]);
		const [{ runs }] = rows;
		const stopped = join(folder, "dora", `seed-${runs[0].seed}`);
		expect(JSON.parse(await readFile(join(stopped, "adapter_config.json"), "utf8"))).toMatchObject({ use_dora: true });
	},
);
