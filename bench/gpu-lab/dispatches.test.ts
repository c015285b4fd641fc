// The budget of dispatches of a LoRA step on a GPU, where a browser takes 24 to 71 µs for each: it needs no device.
import { expect, test } from "vitest";
import { adapterLayout } from "../../src/engine/adapters/layout.ts";
import { graphFor } from "../../src/engine/executor/plan.ts";
import { planMemory } from "../../src/engine/graph/passes/memory-plan.ts";
import { defaultTable, tuningFor } from "../../src/engine/kernels/tuning-defaults.ts";
import { openModelFiles } from "../../src/engine/models/load.ts";
import { planTraining } from "../../src/engine/train/training-plan.ts";
import { DEFAULT_SETTINGS } from "../../src/shared/settings.ts";
import { randomFolder } from "../model-shapes.ts";
import { captureStep } from "./capture.ts";

const tuning = tuningFor("gpu", defaultTable("gpu"));

test.each([128, 512])("a step of SmolLM2-135M with %i tokens is at most 700 dispatches", async (tokens) => {
	const { calls } = await captureStep("SmolLM2-135M", tokens, 16, tuning);
	expect(calls.length).toBeLessThanOrEqual(700);
});

test.each(["SmolLM2-135M", "Llama-3.2-1B"])("merging does not raise the memory of a step: %s", async (shape) => {
	const model = await openModelFiles(await randomFolder(shape), shape);
	const settings = { ...DEFAULT_SETTINGS, r: 16, target_modules: "all-linear", max_length: 512 };
	const { graph } = planTraining(model, adapterLayout(model, settings), { tokens: 512, targets: 512 }, settings);
	const [apart, merged] = [graph, graphFor(graph, tuning)].map((one) => planMemory(one).activationBytes);
	expect(merged).toBeLessThanOrEqual(apart + 2 ** 16); // windows of a buffer are aligned
});
