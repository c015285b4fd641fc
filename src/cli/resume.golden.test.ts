// Runs that stop, resume, share a folder or meet files of others: no checkpoint of another run is used or removed, and nobody's
// files are replaced.
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";

const GOLDEN = "fixtures/goldens/odd";
const SMALL = ["--r", "2", "--learning-rate", "5e-3", "--gradient-accumulation-steps", "1", "--quiet"];
let dir: string;
let finished: string;
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-resume-"));
	finished = join(dir, "finished");
	expect((await train(finished, ...SMALL, "--max-steps", "6", "--save-steps", "2")).status).toBe(0);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const train = (out: string, ...more: string[]) =>
	tabtune(["train", "--model", GOLDEN, "--train-file", `${GOLDEN}/train.jsonl`, "--output-dir", out, ...more]);
const weights = (out: string) => readFile(join(out, "adapter_model.safetensors"));
const names = async (out: string) => (await readdir(out)).filter((name) => name.includes("checkpoint")).sort();
const metrics = async (out: string) => {
	const lines = (await readFile(join(out, "metrics.jsonl"), "utf8")).trim().split("\n");
	return lines.map((line) => ({ ...JSON.parse(line), elapsed: 0 }));
};
/** A copy of the finished run as it was after a step. */
async function stoppedAt(name: string, step: number): Promise<string> {
	const out = join(dir, name);
	await cp(finished, out, { recursive: true });
	for (const checkpoint of await names(out))
		if (Number(checkpoint.split("-")[1]) > step) await rm(join(out, checkpoint), { recursive: true });
	await rm(join(out, "adapter_model.safetensors"));
	return out;
}

describe("a resumed run", () => {
	test("takes its own settings where none are given, skips a damaged checkpoint and a cut line of the log", async () => {
		const out = await stoppedAt("damaged", 4);
		const path = join(out, "checkpoint-4", "optimizer.safetensors");
		const bytes = await readFile(path);
		bytes[bytes.length >> 1] ^= 0x40;
		await writeFile(path, bytes);
		const log = await readFile(join(out, "metrics.jsonl"), "utf8");
		await writeFile(join(out, "metrics.jsonl"), `${log.split("\n").slice(0, 3).join("\n")}\n{"step":4,"loss":1.2`);
		await mkdir(join(out, "checkpoint-5"));
		const { status, stderr } = await train(out, "--quiet", "--resume-from-checkpoint", "latest");
		expect(stderr).toContain("warning: checkpoint-5 is skipped: this is not a checkpoint");
		expect(stderr).toMatch(/warning: checkpoint-4 is skipped: the checkpoint is damaged.*optimizer\.safetensors/);
		expect(status).toBe(0);
		expect((await weights(out)).equals(await weights(finished))).toBe(true);
		expect(await metrics(out)).toEqual(await metrics(finished));
		expect(JSON.parse(await readFile(join(out, "run.json"), "utf8"))).toMatchObject({
			learning_rate: 5e-3,
			max_steps: 6,
			r: 2,
		});
	});

	test("names settings that differ, and trains more steps", async () => {
		const out = await stoppedAt("longer", 4);
		const { status, stderr } = await train(out, "--max-steps", "7", "--quiet", "--resume-from-checkpoint", "latest");
		expect(stderr).toContain("max_steps is 6 in the checkpoint, 7 here");
		expect(status).toBe(0);
		expect((await metrics(out)).at(-1)).toMatchObject({ step: 7 });
	});

	test("refuses other adapter settings, seeds and rows", async () => {
		const out = await stoppedAt("other", 4);
		for (const [options, message] of [
			[["--seed", "9"], /seed is 42 in the checkpoint, 9 here/],
			[
				["--lora-alpha", "128", "--target-modules", "o_proj"],
				/target_modules is "all-linear".*lora_alpha is 32|lora_alpha is 32.*target_modules/,
			],
			[["--use-rslora"], /use_rslora is false in the checkpoint, true here/],
			[["--train-file", `${GOLDEN}/eval.jsonl`], /different training rows.*--allow-other-data/],
		] as const) {
			const { status, stderr } = await train(out, ...options, "--quiet", "--resume-from-checkpoint", "latest");
			expect(stderr).toMatch(message);
			expect(status).toBe(2);
		}
		const allowed = ["--train-file", `${GOLDEN}/eval.jsonl`, "--allow-other-data"];
		const { status, stderr } = await train(out, ...allowed, "--quiet", "--resume-from-checkpoint", "latest");
		expect(stderr).toMatch(/resumes with training rows that differ/);
		expect(status).toBe(0);
	});
});

describe("a new run in the folder of an older one", () => {
	test("keeps its checkpoints, sets one of the same number aside, and resumes only its own", async () => {
		const out = join(dir, "again");
		await cp(finished, out, { recursive: true });
		const second = ["--seed", "7", "--max-steps", "3", "--save-steps", "1", "--save-total-limit", "2"];
		expect((await train(out, ...SMALL, ...second)).status).toBe(0);
		expect(await names(out)).toEqual([
			"checkpoint-2",
			"checkpoint-2.earlier",
			"checkpoint-3",
			"checkpoint-4",
			"checkpoint-6",
		]);
		const expected = await weights(out);
		await rm(join(out, "checkpoint-3"), { recursive: true });
		const { status } = await train(out, "--quiet", "--resume-from-checkpoint", "latest");
		expect(status).toBe(0);
		expect((await weights(out)).equals(expected)).toBe(true);
		for (const checkpoint of ["checkpoint-2", "checkpoint-3"]) await rm(join(out, checkpoint), { recursive: true });
		const none = await train(out, "--quiet", "--resume-from-checkpoint", "latest");
		expect(none.stderr).toMatch(/no checkpoint to resume from: checkpoint-4, checkpoint-6 belong to an earlier run/);
		expect(none.status).toBe(2);
		// As if the process had been killed before its first checkpoint.
		const file = join(out, ".tabtune-run.json");
		await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), running: true }));
		const anew = await train(out, "--quiet", "--resume-from-checkpoint", "latest");
		expect(anew.stderr).toMatch(/warning: the run ended before its first checkpoint: it begins again/);
		expect((await weights(out)).equals(expected)).toBe(true);
	});
});

describe("a folder with other files", () => {
	test("is refused before the first step; with --overwrite-output-dir README.md and a checkpoint's files are kept", async () => {
		const out = join(dir, "mine");
		await mkdir(join(out, "checkpoint-1"), { recursive: true });
		await writeFile(join(out, "README.md"), "mine");
		await writeFile(join(out, "checkpoint-1", "thesis.txt"), "mine");
		const options = [...SMALL, "--max-steps", "1", "--save-steps", "1"];
		const refused = await train(out, ...options);
		expect(refused.stderr).toMatch(/error: .*would be replaced: README\.md, checkpoint-1 \(.*--overwrite-output-dir/);
		expect(refused.status).toBe(2);
		expect((await readdir(out)).sort()).toEqual(["README.md", "checkpoint-1"]);
		expect((await train(out, ...options, "--overwrite-output-dir")).status).toBe(0);
		expect(await readFile(join(out, "README.md"), "utf8")).toBe("mine");
		expect(await readFile(join(out, "checkpoint-1.earlier", "thesis.txt"), "utf8")).toBe("mine");
	});

	test("a folder in the place of a file is named", async () => {
		const out = join(dir, "late");
		await mkdir(join(out, "adapter_model.safetensors"), { recursive: true });
		const { status, stderr } = await train(out, ...SMALL, "--overwrite-output-dir");
		expect(stderr).toMatch(/adapter_model\.safetensors is a folder/);
		expect(status).toBe(2);
	});
});

/** Starts a long run and resolves once it has written a file. */
async function started(out: string, file: string, ...more: string[]) {
	const long = ["--max-steps", "5000", "--sample-steps", "0", ...more];
	const args = [
		"train",
		"--model",
		GOLDEN,
		"--train-file",
		`${GOLDEN}/train.jsonl`,
		"--output-dir",
		out,
		...SMALL,
		...long,
	];
	const child = spawn(process.execPath, ["scripts/tabtune.mjs", ...args], { stdio: "ignore" });
	const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
	while (child.exitCode === null && !(await readdir(out).catch(() => [])).some((name) => name.startsWith(file)))
		await new Promise((resolve) => setTimeout(resolve, 50));
	return { child, ended };
}

describe("a process that is asked to end", () => {
	test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)("%s: the adapter and a checkpoint are saved", async (signal) => {
		const out = join(dir, signal);
		const { child, ended } = await started(out, "checkpoint-", "--checkpoint-minutes", "0.0001");
		child.kill(signal);
		expect(await ended).toBe(0);
		const found = await readdir(out);
		expect(found).toContain("adapter_config.json");
		expect(found).not.toContain(".tabtune.lock");
		// Saved by time: the newest two at most, the last one at the end.
		const checkpoints = await names(out);
		expect(checkpoints.length).toBeLessThanOrEqual(2);
		expect(checkpoints.map((name) => Number(name.split("-")[1]))).toContain((await metrics(out)).at(-1).step);
	});
});

test("a second process in the folder is refused; after a kill its lock and half-written files are removed", async () => {
	const out = join(dir, "two");
	const { child, ended } = await started(out, "run.json");
	const second = await train(out, ...SMALL, "--max-steps", "1");
	expect(second.stderr).toMatch(/error: process \d+ is training in this folder/);
	expect(second.status).toBe(2);
	child.kill("SIGKILL");
	await ended;
	await mkdir(join(out, ".checkpoint-3.999999.partial"));
	expect((await train(out, ...SMALL, "--max-steps", "1")).status).toBe(0);
	expect((await readdir(out)).filter((name) => /partial|lock/.test(name))).toEqual([]);
});
