// Preference training (DPO) by the command compared with PyTorch and PEFT in float64 (fixtures/make_preference_goldens.py),
// rewards included; and the errors for incompatible rows and settings.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";
import { matchesPeft } from "./test-golden.ts";

/** Their names in expected.json and in metrics.jsonl. */
const REWARDS = { chosen: "chosen", rejected: "rejected", margin: "margins", accuracy: "accuracies" } as const;
type Rewards = Record<keyof typeof REWARDS, number>;

describe.each(["pairs", "pairs-saved", "pairs-prompt"])("%s", (name) => {
	const run = matchesPeft(name);

	test("rewards within 1e-5 of the largest, at every step and evaluation", () => {
		const { expected, lines } = run();
		const golden = [
			...(expected.metrics as unknown as { step: number; rewards: Rewards }[]).map((line) => ({ ...line, prefix: "" })),
			...(expected.evaluations as unknown as { step: number; rewards: Rewards }[]).map((line) => ({
				...line,
				prefix: "eval_",
			})),
		];
		const largest = Math.max(
			...golden.map(({ rewards }) => Math.max(Math.abs(rewards.chosen), Math.abs(rewards.rejected))),
		);
		let worst = 0;
		for (const { step, rewards, prefix } of golden) {
			const line = lines.find((one) => one.step === step && `${prefix}rewards/chosen` in one) as unknown as Record<
				string,
				number
			>;
			for (const [key, logged] of Object.entries(REWARDS)) {
				const found = line[`${prefix}rewards/${logged}`];
				if (key === "accuracy") expect(found).toBe(rewards.accuracy);
				else worst = Math.max(worst, Math.abs(found - rewards[key as keyof Rewards]) / largest);
			}
		}
		console.log(`${name}: rewards within ${worst.toExponential(1)} of the largest`);
		expect(worst).toBeLessThan(1e-5);
	});

	test("evaluate computes the losses of the last evaluation in training", async () => {
		const { expected, folder } = run();
		const { rewards, eval_loss } = expected.evaluations.at(-1) as unknown as { rewards: Rewards; eval_loss: number };
		const { stdout, status } = await tabtune([
			...["evaluate", "--model", folder, "--adapter", `${folder}/final`],
			...["--data", `${folder}/eval.jsonl`, "--config", `${folder}/run.json`],
		]);
		expect(status).toBe(0);
		const found = JSON.parse(stdout);
		expect(Math.abs(found.loss / eval_loss - 1)).toBeLessThan(1e-5);
		expect(Math.abs(found["rewards/margins"] - rewards.margin)).toBeLessThan(
			1e-5 * Math.max(1, Math.abs(rewards.margin)),
		);
		expect(found.pairs).toBe((await readFile(`${folder}/eval.jsonl`, "utf8")).trim().split("\n").length);
	});
});

describe("incompatible rows and settings", () => {
	let dir = "";
	beforeAll(async () => {
		dir = await mkdtemp(join(tmpdir(), "tabtune-pairs-"));
	});
	afterAll(() => rm(dir, { recursive: true, force: true }));

	const base = "fixtures/goldens/pairs";
	const pair = { prompt_ids: [5, 6], chosen_ids: [7, 8], rejected_ids: [9] };
	const single = { input_ids: [5, 6, 7], labels: [-100, 6, 7] };

	test.each([
		["packing", [pair], ["--packing"], /the row is a pair of answers, and packing is on.*rows\.jsonl, line 1/s],
		["nll", [pair], ["--loss-type", "nll"], /has a chosen and a rejected answer, and loss_type is nll/],
		["sigmoid", [single], ["--loss-type", "sigmoid"], /loss_type is sigmoid, and the row has no chosen/],
		["mixed", [pair, single], [], /some rows have a chosen and a rejected answer, others do not.*line 2/s],
		[
			"dropout",
			[pair],
			["--lora-dropout", "0.1"],
			/lora_dropout is 0\.1, but preference pairs are trained without dropout/,
		],
		["ids", [{ ...pair, chosen_ids: [700] }], [], /token 700 is outside the model's vocabulary of 79/],
	])("%s", async (name, rows, options, message) => {
		const file = join(dir, "rows.jsonl");
		await writeFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
		const out = join(dir, name);
		const { status, stderr } = await tabtune([
			...["train", "--model", base, "--train-file", file, "--output-dir", out, "--max-steps", "1", "--r", "2"],
			...options,
		]);
		expect(stderr).toMatch(message);
		expect(status).toBe(2);
	});

	test.each([
		["race", ["--ranks", "1,2"], /preference pairs, which a race does not train on/],
		["handover", [], /loss_type sigmoid/],
	])("%s", async (command, options, message) => {
		const { status, stderr } = await tabtune([
			...[
				command,
				"--model",
				base,
				"--train-file",
				`${base}/train.jsonl`,
				"--output-dir",
				join(dir, command),
				"--r",
				"2",
			],
			...options,
		]);
		expect(stderr).toMatch(message);
		expect(status).toBe(2);
	});
});
