// Whole runs in the page's own worker against PyTorch and PEFT in float64: the cases and the bounds of
// src/cli/goldens.golden.test.ts, in a real browser.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { readTensors, relativeError, tensorsOf } from "../src/cli/test-cli.ts";
import type { RunEvent, RunSettings } from "../src/engine/api.ts";
import { resolveSettings } from "../src/engine/train/settings.ts";
import { expect, test } from "./test.ts";

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
		const adapterZip = (place: string) => {
			const files = ["adapter_config.json", "adapter_model.safetensors"];
			const contents = files.map((file) => [file, new Uint8Array(readFileSync(join(folder, place, file)))] as const);
			return Buffer.from(zipSync(Object.fromEntries(contents))).toString("base64");
		};
		const firstRow: { input_ids: number[] } = JSON.parse(
			readFileSync(join(folder, "train.jsonl"), "utf8").split("\n")[1],
		);
		const ids = firstRow.input_ids.slice(0, 60);
		await page.goto("/");
		await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });

		const { events, zip, ...logits } = await page.evaluate(
			async ({ model, adapter, final, settings, train, heldOut, ids }) => {
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
				const text64 = (bytes: Uint8Array) => btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
				const zip = text64(new Uint8Array(await (await engine.exportAdapter()).arrayBuffer()));
				const logits = async (strength: number) =>
					text64(new Uint8Array((await engine.logits(ids, strength)).buffer as ArrayBuffer));
				await engine.importAdapter(blob(final));
				const [tuned, off] = [await logits(1), await logits(0)];
				await engine.removeAdapter();
				return { events: seen, zip, tuned, off, base: await logits(1) };
			},
			{
				model: ["config.json", "model.safetensors"].map((path) => ({ path, text: base64(path) })),
				adapter: adapterZip("init"),
				final: adapterZip("final"),
				ids,
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
		const golden = await readTensors(join(folder, "logits.safetensors"));
		const floats = (text: string) => new Float32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);
		const stray = {
			base: relativeError(floats(logits.base), golden.get("base")?.values ?? []),
			tuned: relativeError(floats(logits.tuned), golden.get("tuned")?.values ?? []),
		};
		console.log(
			`${name}: loss within ${worst.loss.toExponential(1)}, gradient norm ${worst.grad_norm.toExponential(1)}, tensors ${worst.tensors.toExponential(1)} of their update, logits ${Math.max(stray.base, stray.tuned).toExponential(1)}`,
		);
		expect(stray.base).toBeLessThan(1e-4);
		expect(stray.tuned).toBeLessThan(1e-4);
		expect(logits.off).toBe(logits.base); // strength 0 is the base, bit for bit
		expect(worst.loss).toBeLessThan(1e-5);
		expect(worst.grad_norm).toBeLessThan(1e-4);
		expect(worst.tensors).toBeLessThan(1e-3);
	});
}
