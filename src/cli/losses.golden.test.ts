// Preference losses by the command compared with TRL's trainers in float64 (fixtures/make_loss_goldens.py): losses, metrics,
// gradient norms, tensors.
import { describe, expect, test } from "vitest";
import { matchesPeft, resultOf } from "./test-golden.ts";

type Metrics = Readonly<Record<string, number>>;
interface Line {
	readonly step: number;
	readonly trl: Metrics;
}

describe.each([
	"loss-ipo",
	"loss-hinge",
	"loss-apo",
	"loss-robust",
	"loss-mixed",
	"loss-aot",
	"loss-orpo",
	"loss-cpo",
	"loss-simpo",
	"loss-kto",
	"loss-apo-unpaired",
])("%s", (name) => {
	const run = matchesPeft(name);

	test("TRL's metrics within 1e-5 of the largest, rewards within 3e-5, at every step and evaluation", () => {
		const { expected, lines } = run();
		const worst: Record<string, number> = {};
		for (const [golden, prefix] of [
			[expected.metrics, ""],
			[expected.evaluations, "eval_"],
		] as const) {
			const all = golden as unknown as Line[];
			for (const { step, trl } of all)
				for (const [key, value] of Object.entries(trl)) {
					const line = lines.find((one) => one.step === step && `${prefix}loss` in one) as unknown as Metrics;
					const largest = Math.max(...all.map((one) => Math.abs(one.trl[key] ?? 0)), 1e-3);
					const found = line[`${prefix}${key}`];
					worst[key] = Math.max(worst[key] ?? 0, Math.abs(found - value) / largest);
				}
		}
		console.log(`${name}:`, JSON.stringify(worst));
		// Rewards, margins and the KL are differences of log-probabilities of about -60, with float32's rounding of those.
		for (const [key, error] of Object.entries(worst))
			expect(error, key).toBeLessThan(/^(rewards|kl)/.test(key) ? 3e-5 : 1e-5);
	});

	test("evaluate computes the losses of the last evaluation in training", async () => {
		const { expected, folder } = run();
		const { trl, eval_loss } = expected.evaluations.at(-1) as unknown as { eval_loss: number; trl: Metrics };
		const found = await resultOf([
			...["evaluate", "--model", folder, "--adapter", `${folder}/final`],
			...["--data", `${folder}/eval.jsonl`, "--config", `${folder}/run.json`],
		]);
		expect(Math.abs(found.loss / eval_loss - 1)).toBeLessThan(1e-5);
		for (const [key, value] of Object.entries(trl))
			expect(Math.abs(found[key] - value)).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)));
	});
});
