import { afterAll, describe, expect, test } from "vitest";
import type { Gpu } from "../../device/gpu.ts";
import { GpuMemory } from "../../executor/memory.ts";
import { Plan } from "../../executor/plan.ts";
import { values } from "../../executor/test-gpu.ts";
import { flatWindows } from "../../kernels/binding-windows.ts";
import { Pipelines } from "../../kernels/pipelines.ts";
import { GraphBuilder } from "../builder.ts";
import { ReferenceMemory, runReference } from "../reference.ts";
import { type AdamwSettings, adamw } from "./adamw.ts";
import { gradNorm } from "./gradient-norm.ts";
import { expectAgreement, testDevices, testTuning, withBindingLimit } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const SETTINGS: Omit<AdamwSettings, "groups"> = {
	beta1: 0.9,
	beta2: 0.999,
	eps: 1e-8,
	weight_decay: 0.1,
	max_grad_norm: 1,
};
/** Computed with torch 2 in float64: lr 0.01, weight_decay 0.1, max_norm 1. */
const TORCH = [0.9670264736543377, -1.96594493677179, 0.4685249774945062];
const STEP = { learning_rate: 0.01, bias_correction1: 1 - 0.9 ** 3, bias_correction2: 1 - 0.999 ** 3 };

/** Two groups with different learning rates if n allows it. */
const groupsOf = (n: number) =>
	n <= 64
		? [{ offset: 0, size: n, lr_scale: 1 }]
		: [
				{ offset: 0, size: 64, lr_scale: 1 },
				{ offset: 64, size: n - 64, lr_scale: 3 },
			];

function build(n: number, settings = SETTINGS) {
	return (builder: GraphBuilder) => {
		const flat = (name: string) => builder.declare("state", name, [n], "f32");
		const tensors = {
			params: flat("params"),
			grads: flat("grads"),
			exp_avg: flat("exp_avg"),
			exp_avg_sq: flat("exp_avg_sq"),
		};
		const metrics = builder.declare("state", "metrics", [4], "f32");
		gradNorm(builder, "norm", tensors.grads, metrics);
		adamw(builder, "adamw", { ...tensors, metrics }, { ...settings, groups: groupsOf(n) });
	};
}

const data = (n: number, scale = 1) => ({
	params: values(n, 1),
	grads: values(n, 2, scale),
	exp_avg: values(n, 3, 0.1),
	exp_avg_sq: values(n, 4, 0.1).map(Math.abs),
	metrics: [2.5, 0, 0, 7],
});

describe("gradNorm and adamw", () => {
	test.each([1, 63, 1000, 4097, 40001])("%i numbers, clipped, agree with the reference", async (n) => {
		await expectAgreement(devices.all, build(n), { values: data(n), step: STEP });
	});

	test("without clipping, and with a norm below the limit", async () => {
		await expectAgreement(devices.all, build(100, { ...SETTINGS, max_grad_norm: 0 }), {
			values: data(100),
			step: STEP,
		});
		await expectAgreement(devices.all, build(100), { values: data(100, 1e-3), step: STEP });
	});

	test("buffers larger than a binding are processed in windows", async () => {
		expect(flatWindows(40001, 4096, 40000).at(-1)).toEqual({ first: 32768, count: 7233 });
		const small = devices.all.map((gpu) => withBindingLimit(gpu, 40000));
		await expectAgreement(small, build(40001), { values: data(40001), step: STEP });
	});
});

test("three steps equal torch 2's clip_grad_norm_ and torch.optim.AdamW", () => {
	const builder = new GraphBuilder();
	build(3)(builder);
	const graph = builder.build();
	const memory = new ReferenceMemory("float64");
	memory.set("params", [1, -2, 0.5]);
	for (let step = 1; step <= 3; step++) {
		memory.set("grads", [3 * step, -0.5, 0.25 * step]);
		memory.set("metrics", [1, 0, 0, 0]);
		runReference(graph, memory, {
			learning_rate: 0.01,
			bias_correction1: 1 - 0.9 ** step,
			bias_correction2: 1 - 0.999 ** step,
		});
	}
	TORCH.forEach((expected, i) => expect(memory.get("params")[i]).toBeCloseTo(expected, 12));
});

async function afterStep(gpu: Gpu, changes: { grads?: number; loss?: number }) {
	const n = 5000;
	const builder = new GraphBuilder();
	build(n)(builder);
	const memory = new GpuMemory(gpu);
	const all = data(n);
	if (changes.grads !== undefined) all.grads[4321] = changes.grads;
	if (changes.loss !== undefined) all.metrics[0] = changes.loss;
	for (const [name, v] of Object.entries(all)) memory.upload(name, Float32Array.from(v));
	const plan = await Plan.compile(builder.build(), memory, new Pipelines(gpu), testTuning);
	await plan.run(STEP);
	const names = ["params", "exp_avg", "exp_avg_sq"] as const;
	const found = await Promise.all(names.map((name) => memory.readFloats(name, 0, n)));
	const norm = (await memory.readFloats("metrics", 0, 4))[1];
	plan.destroy();
	memory.releaseAll();
	return { changed: names.map((name, i) => found[i].some((v, j) => v !== all[name][j])), norm };
}

test("a step with a loss or gradient that is not finite changes nothing", async () => {
	for (const gpu of devices.all) {
		expect((await afterStep(gpu, {})).changed).toEqual([true, true, true]);
		for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
			const byGradient = await afterStep(gpu, { grads: bad });
			expect(byGradient.changed).toEqual([false, false, false]);
			expect(byGradient.norm).toBeNaN();
			expect((await afterStep(gpu, { loss: bad })).changed).toEqual([false, false, false]);
		}
	}
});
