import { afterAll, describe, expect, test } from "vitest";
import { GpuMemory } from "../../executor/memory.ts";
import { Plan } from "../../executor/plan.ts";
import { values } from "../../executor/test-gpu.ts";
import { Pipelines } from "../../kernels/pipelines.ts";
import type { StepScalars } from "../../kernels/step.ts";
import { GraphBuilder } from "../builder.ts";
import { ReferenceMemory, runReference } from "../reference.ts";
import { sample } from "./sample.ts";
import { testDevices, testTuning } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

function graphOf(rows: number, vocabulary: number) {
	const builder = new GraphBuilder();
	const ids = builder.result(
		sample(builder, "sample", [builder.declare("input", "logits", [rows, vocabulary], "f32")]),
	);
	return { graph: builder.build(), ids };
}

function onReference(rows: number, logits: ArrayLike<number>, step: Partial<StepScalars>): number[] {
	const { graph, ids } = graphOf(rows, logits.length / rows);
	const memory = new ReferenceMemory("float64");
	memory.set("logits", logits);
	return [...(runReference(graph, memory, step).get(ids.id) ?? [])];
}

const SHAPES = [
	[1, 1],
	[2, 7],
	[3, 65],
	[1, 1000],
	[2, 5003],
] as const;
const WAYS: Partial<StepScalars>[] = [
	{ temperature: 0 },
	{ temperature: 1 },
	{ temperature: 0.7, top_k: 5 },
	{ temperature: 1.3, top_p: 0.8 },
	{ temperature: 0.9, top_k: 40, top_p: 0.95 },
];

describe.each(devices.all.map((gpu, i) => [i === 0 ? "all limits" : "default limits", gpu] as const))(
	"%s",
	(_name, gpu) => {
		test.each(SHAPES)("[%i, %i]: GPU and reference choose the same ids in many draws", async (rows, vocabulary) => {
			const { graph, ids } = graphOf(rows, vocabulary);
			const memory = new GpuMemory(gpu);
			const logits = values(rows * vocabulary, 3, 4);
			memory.upload("logits", logits);
			const plan = await Plan.compile(graph, memory, new Pipelines(gpu), testTuning);
			let differ = 0;
			let draws = 0;
			for (const way of WAYS) {
				for (let seed = 0; seed < 12; seed++) {
					const step = { ...way, seed, step: seed * 3 + 1 };
					await plan.run(step);
					const found = [...(await plan.readWords(ids.id))];
					const expected = onReference(rows, logits, step);
					expect(found.every((id) => id < vocabulary)).toBe(true);
					if (way.temperature === 0) expect(found).toEqual(expected);
					differ += found.filter((id, row) => id !== expected[row]).length;
					draws += rows;
				}
			}
			plan.destroy();
			memory.releaseAll();
			// A float32 sum rarely falls on the other side of the drawn point.
			expect(differ).toBeLessThanOrEqual(Math.ceil(draws / 50));
		});

		test("a NaN or infinite logit is not chosen if another is finite, and the kernel terminates", async () => {
			const { graph, ids } = graphOf(2, 5);
			const memory = new GpuMemory(gpu);
			memory.upload(
				"logits",
				Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 0.5, Number.NaN, ...Array<number>(5).fill(Number.NaN)),
			);
			const plan = await Plan.compile(graph, memory, new Pipelines(gpu), testTuning);
			for (const temperature of [0, 1]) {
				await plan.run({ temperature, top_k: 1 });
				const [first, second] = await plan.readWords(ids.id);
				expect(first).toBe(1);
				expect(second).toBeLessThan(5);
			}
			plan.destroy();
			memory.releaseAll();
		});
	},
);

test("draws follow the probabilities; top-k keeps k ids and top-p the fewest whose mass reaches p", () => {
	const logits = [0, 1, 2, 3, 4].map((i) => Math.log([0.05, 0.1, 0.15, 0.3, 0.4][i]));
	const counts = (step: Partial<StepScalars>) => {
		const seen = [0, 0, 0, 0, 0];
		for (let seed = 0; seed < 4000; seed++)
			seen[onReference(1, logits, { temperature: 1, seed, ...step })[0]] += 1 / 4000;
		return seen;
	};
	counts({}).forEach((share, i) => {
		expect(share).toBeCloseTo([0.05, 0.1, 0.15, 0.3, 0.4][i], 1);
	});
	expect(counts({ top_k: 2 }).slice(0, 3)).toEqual([0, 0, 0]);
	expect(counts({ top_p: 0.69 }).slice(0, 3)).toEqual([0, 0, 0]);
	expect(counts({ top_p: 0.71 })[2]).toBeGreaterThan(0.1);
	expect(counts({ top_p: 0.0001 }).slice(0, 4)).toEqual([0, 0, 0, 0]);
});
