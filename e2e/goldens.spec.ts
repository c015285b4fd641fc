// Whole runs in the page's own worker against PyTorch and PEFT in float64: the cases and the bounds of
// src/cli/goldens.golden.test.ts, in a real browser.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { unzipSync, zipSync } from "fflate";
import { readTensors, relativeError, tensorsOf } from "../src/cli/test-cli.ts";
import type { RunEvent, RunSettings } from "../src/engine/api.ts";
import { resolveSettings } from "../src/engine/train/settings.ts";

const FOLDER = "fixtures/goldens";

interface Golden {
	metrics: { step: number; loss: number; grad_norm: number; learning_rate: number; num_tokens: number }[];
	evaluations: { step: number; eval_loss: number; eval_tokens: number }[];
}

/** run.json over the defaults, with the LoRA settings of the adapter that is trained on. */
function settingsOf(run: string, config: string): RunSettings {
	const { r, lora_alpha, lora_dropout, use_rslora, rank_pattern, alpha_pattern } = JSON.parse(
		readFileSync(config, "utf8"),
	);
	return resolveSettings(
		{ ...JSON.parse(readFileSync(run, "utf8")), r, lora_alpha, lora_dropout, use_rslora, rank_pattern, alpha_pattern },
		run,
	);
}

for (const name of readdirSync(FOLDER).sort()) {
	test(`${name}: 30 steps in the page's worker are PEFT's`, async ({ page }) => {
		test.setTimeout(180_000);
		const folder = join(FOLDER, name);
		const base64 = (file: string) => readFileSync(join(folder, file)).toString("base64");
		const expected: Golden = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
		const init = Object.fromEntries(
			["adapter_config.json", "adapter_model.safetensors"].map((file) => [
				file,
				new Uint8Array(readFileSync(join(folder, "init", file))),
			]),
		);
		await page.goto("/");
		await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });

		const { events, zip } = await page.evaluate(
			async ({ model, adapter, settings, train, heldOut }) => {
				const { engine } = globalThis.tabtune;
				if (engine === null) throw new Error("the engine has not started");
				const blob = (text: string) => new Blob([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))]);
				const rows = (text: string, file: string) => ({ name: file, format: "jsonl" as const, blob: blob(text) });
				await engine.loadModel({
					kind: "files",
					name: "golden",
					files: model.map(({ path, text }) => ({ path, blob: blob(text) })),
				});
				await engine.importAdapter(blob(adapter));
				const seen: unknown[] = [];
				await engine.train(
					{
						settings,
						data: rows(train, "train.jsonl"),
						heldOut: heldOut === null ? 0 : rows(heldOut, "eval.jsonl"),
						samplePrompt: null,
						sampleEvery: 0,
						continueAdapter: true,
					},
					(batch) => seen.push(...batch),
				);
				const bytes = new Uint8Array(await (await engine.exportAdapter()).arrayBuffer());
				return { events: seen, zip: btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), "")) };
			},
			{
				model: ["config.json", "model.safetensors"].map((path) => ({ path, text: base64(path) })),
				adapter: Buffer.from(zipSync(init)).toString("base64"),
				settings: settingsOf(join(folder, "run.json"), join(folder, "init", "adapter_config.json")),
				train: base64("train.jsonl"),
				heldOut: expected.evaluations.length > 0 ? base64("eval.jsonl") : null,
			},
		);

		const steps = (events as RunEvent[]).filter((event) => event.type === "step");
		const worst = { loss: 0, grad_norm: 0, tensors: 0 };
		expect(steps.length).toBe(30);
		steps.forEach((step, i) => {
			const golden = expected.metrics[i];
			expect([step.step, step.num_tokens]).toEqual([golden.step, golden.num_tokens]);
			worst.loss = Math.max(worst.loss, Math.abs(step.loss / golden.loss - 1));
			worst.grad_norm = Math.max(worst.grad_norm, Math.abs(step.grad_norm / golden.grad_norm - 1));
		});
		const evaluations = (events as RunEvent[]).filter((event) => event.type === "eval");
		expect(evaluations.map(({ step, eval_tokens }) => [step, eval_tokens])).toEqual(
			expected.evaluations.map(({ step, eval_tokens }) => [step, eval_tokens]),
		);
		evaluations.forEach(({ eval_loss }, i) => {
			expect(Math.abs(eval_loss / expected.evaluations[i].eval_loss - 1)).toBeLessThan(1e-5);
		});

		const ours = await tensorsOf(
			unzipSync(new Uint8Array(Buffer.from(zip, "base64")))["adapter_model.safetensors"],
			"exported",
		);
		const before = await readTensors(join(folder, "init", "adapter_model.safetensors"));
		for (const [key, { values }] of await readTensors(join(folder, "final", "adapter_model.safetensors"))) {
			const start = before.get(key)?.values ?? new Float32Array();
			const update = values.map((value, i) => value - start[i]);
			const mine = (ours.get(key)?.values ?? new Float32Array()).map((value, i) => value - start[i]);
			worst.tensors = Math.max(worst.tensors, relativeError(mine, update));
		}
		console.log(
			`${name}: loss within ${worst.loss.toExponential(1)}, gradient norm ${worst.grad_norm.toExponential(1)}, tensors ${worst.tensors.toExponential(1)} of their update`,
		);
		expect(worst.loss).toBeLessThan(1e-5);
		expect(worst.grad_norm).toBeLessThan(1e-4);
		expect(worst.tensors).toBeLessThan(1e-3);
	});
}
