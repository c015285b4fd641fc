// Whole runs in the page's worker compared with PyTorch and PEFT in float64, with the tolerances of
// src/cli/goldens.golden.test.ts, in a real browser: one run for each set of kernels and each way through the worker. The same
// engine runs all cases in Node.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { type FloatTensor, product, readTensors, relativeError, tensorsOf } from "../src/cli/test-cli.ts";
import type { RunEvent, RunSettings } from "../src/engine/api.ts";
import { resolveSettings } from "../src/engine/train/settings.ts";
import { type Browser, type BrowserContext, expect, type Page, test } from "./test.ts";

const FOLDER = "fixtures/goldens";
const CASES = [
	"odd", // Llama in float32: odd sizes, accumulation, partial windows
	"tied-bf16-llama3", // bfloat16, the head tied to the embedding, Llama 3's RoPE
	"turns-epochs", // loss on the answers of conversations, epochs, shuffled
	"gpt2", // LayerNorm, learned positions, one matrix for q, k and v
	"gemma3", // sliding windows, norms before and after, two RoPE bases
	"phi3-longrope", // fused matrices, RoPE factors by length
	"qwen3", // norms of queries and keys
	"dora-bf16-tied", // magnitudes
	"pissa", // factors of the base's matrices, computed in the worker
	"biases-all",
	"ends-tied-bf16", // LoRA on embedding and head
	"saved-head-norms", // whole modules beside LoRA
	"full-tied-bf16", // all weights; the export is a model
	"bottleneck-pfeiffer-gelu",
	"lora-prompt", // two methods in one adapter
	"pairs-prompt", // DPO
];

interface Golden {
	metrics: { step: number; loss: number; grad_norm: number; learning_rate: number; num_tokens: number }[];
	evaluations: { step: number; eval_loss: number; eval_tokens: number }[];
}

/** Files of a folder and its subfolders by path. */
function filesOf(folder: string): Record<string, Uint8Array> {
	const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
	return Object.fromEntries(
		paths.map(({ parentPath, name }) => {
			const path = join(parentPath, name);
			return [relative(folder, path), new Uint8Array(readFileSync(path))];
		}),
	);
}

/** The tensors of all safetensors files in a folder or zip. */
async function allTensors(files: Record<string, Uint8Array>): Promise<Map<string, FloatTensor>> {
	const safetensors = Object.entries(files).filter(([path]) => path.endsWith(".safetensors"));
	return new Map(
		(await Promise.all(safetensors.map(([path, bytes]) => tensorsOf(bytes, path)))).flatMap((one) => [...one]),
	);
}

/** The update B · A of each matrix: the factors of a decomposition are unique only up to sign. */
function products(factors: ReadonlyMap<string, FloatTensor>): Map<string, FloatTensor> {
	const pairs = [...factors].filter(([key]) => key.includes("lora_A"));
	return new Map(
		pairs.map(([key, A]) => {
			const values = product(factors.get(key.replace("lora_A", "lora_B")), A);
			return [key, { shape: [values.length], values }];
		}),
	);
}

/** run.json over the defaults, with the LoRA settings of the adapter being trained. */
function settingsOf(folder: string): RunSettings {
	const run = join(folder, "run.json");
	const config = join(folder, "init", "adapter_config.json");
	const adapter = existsSync(config) ? JSON.parse(readFileSync(config, "utf8")) : {};
	const names = ["r", "lora_alpha", "lora_dropout", "use_rslora", "rank_pattern", "alpha_pattern"];
	const fixed = Object.fromEntries(names.filter((name) => name in adapter).map((name) => [name, adapter[name]]));
	return resolveSettings({ ...fixed, ...JSON.parse(readFileSync(run, "utf8")) }, run);
}

// One page for all cases: each loads its own base, and compiling the bundled one every time would double the duration.
let shared: Page | null = null;

async function pageOf(browser: Browser, watch: (context: BrowserContext) => Promise<void>): Promise<Page> {
	const context = shared?.context() ?? (await browser.newContext());
	await watch(context);
	if (shared !== null) return shared;
	const page = await context.newPage();
	await page.goto("/");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
	shared = page;
	return page;
}

test.afterAll(async () => shared?.context().close());

for (const name of CASES) {
	test(`${name}: 30 steps in the page's worker match PEFT`, async ({ browser, watch }) => {
		test.setTimeout(180_000);
		const folder = join(FOLDER, name);
		const base64 = (file: string) => readFileSync(join(folder, file)).toString("base64");
		const expected: Golden = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
		const zipped = (files: Record<string, Uint8Array>) => Buffer.from(zipSync(files)).toString("base64");
		const settings = settingsOf(folder);
		// All weights are trained, so the export is a model. They start from the base, as PiSSA does.
		const whole = settings.method === "full";
		const fresh = name === "pissa" || whole;
		const init = fresh ? {} : filesOf(join(folder, "init"));
		const final = filesOf(join(folder, "final"));
		// For pairs, the chosen answer.
		const { input_ids, prompt_ids, chosen_ids }: Record<string, number[]> = JSON.parse(
			readFileSync(join(folder, "train.jsonl"), "utf8").split("\n")[1],
		);
		const ids = (input_ids ?? [...prompt_ids, ...chosen_ids]).slice(0, 60);
		const page = await pageOf(browser, watch);

		const { events, zip, ...logits } = await page.evaluate(
			async ({ model, adapter, final, finalModel, settings, train, heldOut, ids }) => {
				const { engine } = globalThis.tabtune;
				if (engine === null) throw new Error("the engine has not started");
				const blob = (text: string) => new Blob([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))]);
				const rows = (text: string, file: string) => ({ name: file, format: "jsonl" as const, blob: blob(text) });
				await engine.loadModel({
					kind: "files",
					name: "golden",
					files: model.map(({ path, text }) => ({ path, blob: blob(text) })),
				});
				if (adapter !== null) await engine.importAdapter(blob(adapter));
				const seen: unknown[] = [];
				await engine.train(
					{
						settings,
						data: rows(train, "train.jsonl"),
						heldOut: heldOut === null ? 0 : rows(heldOut, "eval.jsonl"),
						samplePrompt: null,
						sampleEvery: 0,
						continueAdapter: adapter !== null,
					},
					(batch) => seen.push(...batch),
				);
				const text64 = (bytes: Uint8Array) => btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
				const exported = await engine.exportAdapter();
				const zip = text64(new Uint8Array(await exported.arrayBuffer()));
				const logits = async (strength: number) =>
					text64(new Uint8Array((await engine.logits(ids, strength)).buffer as ArrayBuffer));
				const trained = final === null ? null : await logits(1);
				if (final !== null) await engine.importAdapter(exported);
				const again = final === null ? null : await logits(1);
				if (final !== null) await engine.importAdapter(blob(final));
				const off = await logits(0);
				let tuned = final === null ? null : await logits(1);
				await engine.removeAdapter();
				const base = await logits(1);
				if (tuned === null) {
					const [config] = model;
					const files = [config, { path: "model.safetensors", text: finalModel }];
					await engine.loadModel({
						kind: "files",
						name: "final",
						files: files.map(({ path, text }) => ({ path, blob: blob(text) })),
					});
					tuned = await logits(1);
				}
				return { events: seen, zip, trained, again, tuned, off, base };
			},
			{
				model: ["config.json", "model.safetensors"].map((path) => ({ path, text: base64(path) })),
				adapter: fresh ? null : zipped(init),
				final: whole ? null : zipped(final),
				finalModel: Buffer.from(final["model.safetensors"] ?? []).toString("base64"),
				ids,
				settings,
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

		const tensors = await Promise.all(
			[unzipSync(new Uint8Array(Buffer.from(zip, "base64"))), final].map((files) => allTensors(files)),
		);
		const [ours, theirs] = name === "pissa" ? tensors.map(products) : tensors;
		const before = whole ? await readTensors(join(folder, "model.safetensors")) : await allTensors(init);
		// With LoRA on an embedding or the head, PEFT also saves the base's weights; we do not.
		const trained = [...theirs].filter(([key]) => !key.endsWith(".base_layer.weight"));
		expect([...ours.keys()].sort()).toEqual(trained.map(([key]) => key).sort());
		for (const [key, { values }] of trained) {
			const start =
				name === "pissa" ? new Float32Array(values.length) : (before.get(key)?.values ?? new Float32Array());
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
		// The exported zip, imported again, is the trained adapter; PiSSA's comes back as plain LoRA.
		if (logits.trained !== null && logits.again !== null) {
			const [trained, again] = [logits.trained, logits.again].map(floats);
			expect(relativeError(again, trained)).toBeLessThan(name === "pissa" ? 1e-5 : 1e-6);
			expect(relativeError(trained, floats(logits.base))).toBeGreaterThan(1e-3);
		}
		expect(stray.base).toBeLessThan(1e-4);
		expect(stray.tuned).toBeLessThan(1e-4);
		expect(logits.off).toBe(logits.base); // strength 0 is the base, bit for bit
		expect(worst.loss).toBeLessThan(1e-5);
		expect(worst.grad_norm).toBeLessThan(1e-4);
		expect(worst.tensors).toBeLessThan(1e-3);
	});
}
