// The commands spectrum, truncate, overlap and blend: consistent figures, folders that load again, invalid input. The tests in
// src/engine/analysis compare the mathematics with numpy and PEFT.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ModuleOverlap, ModuleSpectrum } from "../engine/api.ts";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";

const GOLDEN = "fixtures/goldens/odd"; // rank 5 on all linears
const ADAPTER = ["--model", GOLDEN, "--adapter", `${GOLDEN}/final`];
const BOTH = ["--model", GOLDEN, "--adapters", `${GOLDEN}/final,${GOLDEN}/init`];
let dir = "";
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-rank-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function ok<T>(...args: string[]): Promise<T> {
	const run = await tabtune(args);
	expect(run.stderr).not.toMatch(/^error:/m);
	expect(run.status).toBe(0);
	return JSON.parse(run.stdout);
}

async function refused(args: string[], message: RegExp): Promise<void> {
	const run = await tabtune(args.map((arg) => (arg === "OUT" ? join(dir, "refused") : arg)));
	expect(run.stderr).toMatch(message);
	expect([run.status, run.stdout]).toEqual([2, ""]);
	expect(await readdir(dir)).not.toContain("refused");
}

async function logits(name: string, adapter: string): Promise<Float32Array> {
	const output = join(dir, `${name}.safetensors`);
	await ok("logits", "--model", GOLDEN, "--adapter", adapter, "--input-ids", "5,9,17,33,64,100,3", "--output", output);
	return (await readTensors(output)).get("logits")?.values ?? new Float32Array();
}

type Spectrum = { modules: (Pick<ModuleSpectrum, "path" | "r"> & { singular_values: number[] })[] };

test("a truncated adapter keeps the first singular values and loads; at full rank it answers as before", async () => {
	const cut = join(dir, "cut");
	const path = "model.layers.0.self_attn.q_proj";
	const pattern = JSON.stringify({ "layers.0.self_attn.q_proj": 0, v_proj: 1 });
	const report = await ok<{ modules: { path: string; from: number; to: number }[]; trainable_parameters: number }>(
		...["truncate", ...ADAPTER, "--rank", "3", "--rank-pattern", pattern, "--output-dir", cut],
	);
	expect(report.modules[0]).toMatchObject({ path, from: 5, to: 0, energy: 0 });
	const whole = await ok<Spectrum>("spectrum", ...ADAPTER);
	const left = await ok<Spectrum>("spectrum", "--model", GOLDEN, "--adapter", cut);
	expect(left.modules).toHaveLength(whole.modules.length - 1);
	for (const module of left.modules) {
		expect(module.r).toBe(module.path.endsWith("v_proj") ? 1 : 3);
		const before = whole.modules.find((other) => other.path === module.path)?.singular_values ?? [];
		expect(relativeError(module.singular_values, before.slice(0, module.r))).toBeLessThan(1e-5);
	}
	const same = join(dir, "same");
	await ok("truncate", ...ADAPTER, "--rank", "5", "--output-dir", same);
	expect(relativeError(await logits("same", same), await logits("whole", `${GOLDEN}/final`))).toBeLessThan(1e-5);
	const again = await tabtune(["truncate", ...ADAPTER, "--rank", "5", "--output-dir", same]);
	expect([again.status, again.stderr]).toEqual([2, expect.stringContaining("the folder already contains an adapter")]);
});

test.each([
	["ends", 7],
	["dora", 7],
])(
	"%s, with LoRA on embedding and head or with magnitudes, answers the same uncut and loads when truncated",
	async (name, r) => {
		const base = `fixtures/goldens/${name}`;
		const answers = async (adapter: string) => {
			const output = join(dir, "answers.safetensors");
			await ok("logits", "--model", base, "--adapter", adapter, "--input-ids", "5,9,17,33,3", "--output", output);
			return (await readTensors(output)).get("logits")?.values ?? new Float32Array();
		};
		const cut = async (rank: number) => {
			const out = join(dir, `${name}-${rank}`);
			const args = ["--model", base, "--adapter", `${base}/final`, "--rank", String(rank), "--output-dir", out];
			return { out, report: await ok<{ energy: number }>("truncate", ...args) };
		};
		const whole = await answers(`${base}/final`);
		const same = await cut(r);
		expect(relativeError(await answers(same.out), whole)).toBeLessThan(1e-5);
		const low = await cut(1);
		expect(low.report.energy).toBeLessThan(1);
		expect(relativeError(await answers(low.out), whole)).toBeGreaterThan(1e-5);
	},
);

test("a blend by cat or svd with weights 1 and 0, or twice 0.5 of one adapter, answers as that adapter", async () => {
	const expected = await logits("final", `${GOLDEN}/final`);
	const blends = [
		["svd", "1,0", BOTH],
		["cat", "0.5,0.5", ["--model", GOLDEN, "--adapters", `${GOLDEN}/final,${GOLDEN}/final`]],
	] as const;
	for (const [type, weights, adapters] of blends) {
		const out = join(dir, type);
		const args = ["blend", ...adapters, "--weights", weights, "--combination-type", type, "--output-dir", out];
		expect(await ok(...args)).toMatchObject({ combination_type: type, r: type === "cat" ? 10 : 5 });
		expect(relativeError(await logits(type, out), expected)).toBeLessThan(1e-5);
	}
});

test("an adapter overlaps fully with itself and less with its initial state; the baseline is chance", async () => {
	type Overlap = { modules: ModuleOverlap[]; mean: { phi: number[][] } };
	const own = await ok<Overlap>("overlap", ...ADAPTER, "--other", `${GOLDEN}/final`, "--side", "right");
	expect(own.mean.phi[4][4]).toBeCloseTo(1, 6);
	const start = await ok<Overlap>("overlap", ...ADAPTER, "--other", `${GOLDEN}/init`);
	const [{ phi, baseline, dimension }] = start.modules;
	expect(phi[0][0]).toBeLessThan(1);
	expect(baseline[1][2]).toBeCloseTo(3 / dimension, 12);
});

test("invalid input", async () => {
	await refused(["spectrum", "--model", GOLDEN], /--adapter is missing/);
	await refused(["spectrum", "--model", GOLDEN, "--adapter", "none"], /there is no such folder \(none\)/);
	const cut = (...more: string[]) => ["truncate", ...ADAPTER, "--output-dir", "OUT", ...more];
	await refused(cut(), /--rank is missing/);
	await refused(
		cut("--rank", "6"),
		/cannot be truncated to rank 6: its rank here is 5 \(rank\): choose a whole number from 0 to 5/,
	);
	await refused(cut("--rank", "0"), /at rank 0 in every module the adapter equals the base/);
	await refused(cut("--rank", "2", "--rank-pattern", "q_proj"), /--rank-pattern is q_proj, but it must be an object/);
	await refused(cut("--rank", "2", "--rank-pattern", '{"lm_head":1}'), /contains lm_head, which matches no module/);
	await refused(["overlap", ...ADAPTER, "--other", `${GOLDEN}/init`, "--side", "up"], /--side is "up".*left or right/);
	await refused(["overlap", ...ADAPTER], /--other is missing/);
	const blend = (...more: string[]) => ["blend", ...BOTH, "--output-dir", "OUT", ...more];
	await refused(blend(), /--weights is missing/);
	await refused(blend("--weights", "1"), /there are 2 adapters, but 1 weights \[1\]/);
	await refused(blend("--weights", "1,x"), /--weights contains "x"/);
	await refused(blend("--weights", "1,1", "--combination-type", "ties"), /combination_type is "ties"/);
	await refused(blend("--weights", "1,1", "--svd-rank", "2.5"), /svd_rank is 2\.5/);
	await refused(
		["blend", "--model", GOLDEN, "--adapters", "fixtures/peft-tiny", "--weights", "1", "--output-dir", "OUT"],
		/is \[\d+, \d+\] here, but the adapter's lora_[AB] is/,
	);
});

test("adapters of different ranks are refused for linear; the error names them and suggests what to do", async () => {
	const low = join(dir, "low");
	await ok("truncate", ...ADAPTER, "--rank", "2", "--output-dir", low);
	const adapters = ["--model", GOLDEN, "--adapters", `${GOLDEN}/final,${low}`, "--weights", "1,1"];
	await refused(
		["blend", ...adapters, "--combination-type", "linear", "--output-dir", "OUT"],
		/the adapters have different ranks: \S+final 5, \S+low 2.*by cat or svd/,
	);
	const config = join(low, "adapter_config.json");
	await writeFile(config, JSON.stringify({ ...(await json(config)), base_model_name_or_path: "another/base" }));
	await refused(["blend", ...adapters, "--output-dir", "OUT"], /final was trained on \S+, but \S+low on another\/base/);
});

async function json(path: string): Promise<Record<string, unknown>> {
	return JSON.parse(await readFile(path, "utf8"));
}
