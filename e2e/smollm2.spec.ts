// A real model in the browser: SmolLM2-135M opened as a folder, its first step compared with PyTorch and PEFT in float64
// (fixtures/make_smollm2.py; all ten steps run in Node, src/cli/smollm2.golden.test.ts, since a step takes half a minute here).
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { zipSync } from "fflate";
import { runnerImport } from "vite";
import type { RunEvent } from "../src/engine/api.ts";
import { resolveSettings } from "../src/engine/train/settings.ts";
import { expect, type Page, test } from "./test.ts";

// Through Vite, which imports shaders as text.
const { module } = await runnerImport<typeof import("../src/cli/test-smollm2.ts")>(resolve("src/cli/test-smollm2.ts"), {
	configFile: false,
	logLevel: "error",
});
const STEPS = Number(process.env.TABTUNE_SMOLLM2_STEPS ?? 1);

if (existsSync(module.SMOLLM2_GGUF)) test("SmolLM2-135M from a folder: the first steps match PEFT", firstSteps);
else console.log(`skipped: ${module.SMOLLM2_GGUF} is missing, SmolLM2 in the browser needs its weights`);

async function firstSteps({ page }: { page: Page }): Promise<void> {
	test.setTimeout((200 + 100 * STEPS) * 1000);
	const dir = await mkdtemp(join(tmpdir(), "tabtune-smollm2-"));
	try {
		await module.smollm2Folders(dir, "bfloat16");
		await page.goto("/");
		await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
		await page.getByLabel("Open model folder").setInputFiles(join(dir, "model"));
		// The folder's facts are shown before it is loaded.
		await expect(page.getByRole("note").filter({ hasText: "135M" })).toContainText("fits", { timeout: 60_000 });
		await expect(page.getByRole("banner").getByText("135M")).toBeVisible({ timeout: 120_000 });

		const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
		const init = Object.fromEntries(
			["adapter_config.json", "adapter_model.safetensors"].map((file) => [
				file,
				new Uint8Array(readFileSync(join(dir, "init", file))),
			]),
		);
		const run = JSON.parse(readFileSync(`${module.SMOLLM2_FIXTURE}/run.json`, "utf8"));
		const events = await page.evaluate(
			async ({ adapter, settings, rows, steps }) => {
				const { engine } = globalThis.tabtune;
				if (engine === null) throw new Error("the engine has not started");
				const blob = (text: string) => new Blob([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))]);
				await engine.importAdapter(blob(adapter));
				const seen: unknown[] = [];
				await engine.train(
					{
						settings,
						data: { name: "rows.jsonl", format: "jsonl", blob: blob(rows) },
						heldOut: 0,
						samplePrompt: null,
						sampleEvery: 0,
						continueAdapter: true,
					},
					(batch) => {
						seen.push(...batch);
						// The next step has begun by then, and a step takes half a minute: one more is always reported.
						if (batch.some((event) => event.type === "step" && event.step >= steps - 1)) void engine.stop();
					},
				);
				return seen;
			},
			{
				adapter: base64(zipSync(init, { level: 0 })),
				// The schedule, which depends on max_steps, takes effect after the first step.
				settings: resolveSettings({ ...run, max_steps: STEPS === 1 ? 1 : run.max_steps }, "run.json"),
				rows: base64(readFileSync(`${module.SMOLLM2_FIXTURE}/rows.jsonl`)),
				steps: STEPS,
			},
		);
		const { metrics } = JSON.parse(readFileSync(`${module.SMOLLM2_FIXTURE}/expected-bfloat16.json`, "utf8"));
		const steps = (events as RunEvent[]).filter((event) => event.type === "step");
		expect(steps.length).toBeGreaterThanOrEqual(STEPS);
		const worst = (key: "loss" | "grad_norm") =>
			Math.max(...steps.map((step, i) => Math.abs(step[key] / metrics[i][key] - 1)));
		console.log(
			`SmolLM2 bfloat16 in Chromium: loss within ${worst("loss").toExponential(1)}, gradient norm ${worst("grad_norm").toExponential(1)}; ${steps.map(({ elapsed }) => elapsed.toFixed(0)).join(", ")} s after the start`,
		);
		expect(worst("loss")).toBeLessThan(1e-4);
		expect(worst("grad_norm")).toBeLessThan(1e-3);
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
}
