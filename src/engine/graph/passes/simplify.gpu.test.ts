import { afterAll, expect, test } from "vitest";
import { packBf16, roundBf16 } from "../../executor/compare.ts";
import { GpuMemory } from "../../executor/memory.ts";
import { Plan } from "../../executor/plan.ts";
import { Pipelines } from "../../kernels/pipelines.ts";
import type { Graph } from "../ir.ts";
import { testDevices, testTuning } from "../ops/test-op.ts";
import { recompute } from "./recompute.ts";
import { simplify } from "./simplify.ts";
import { outcome, STEP, someValues, trainingStack } from "./test-graphs.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const built = trainingStack({ layers: 3, dtype: "bf16" });
const checkpointed = recompute(built, ["layers.0.", "layers.1.", "layers.2."]);

/** Values that both executors represent exactly. */
function given(graph: Graph): Record<string, ArrayLike<number>> {
	const all = someValues(graph);
	for (const spec of graph.tensors)
		if (spec.dtype === "bf16" && spec.role !== "activation") all[spec.name] = roundBf16(all[spec.name]);
	return all;
}

test.each([
	["as built", built],
	["simplified", simplify(built)],
	["checkpointed and simplified", simplify(checkpointed)],
])(
	"a replayed training step %s computes the reference's gradients and loss on the GPU, with shared slots",
	async (_name, graph) => {
		const values = given(graph);
		const expected = outcome(built, values);
		for (const gpu of devices.all) {
			const memory = new GpuMemory(gpu);
			for (const [name, numbers] of Object.entries(values)) {
				const dtype = graph.tensors.find((t) => t.name === name)?.dtype;
				memory.upload(
					name,
					dtype === "u32"
						? Uint32Array.from(numbers)
						: dtype === "bf16"
							? packBf16(numbers)
							: Float32Array.from(numbers),
				);
			}
			const plan = await Plan.compile(graph, memory, new Pipelines(gpu), testTuning);
			for (let replay = 0; replay < 2; replay++) {
				memory.upload("grads", Float32Array.from(values.grads)); // the step adds to both
				memory.upload("metrics", Float32Array.from(values.metrics));
				await plan.run(STEP);
				for (const name of ["grads", "metrics"]) {
					const found = await memory.readFloats(name, 0, expected[name].length);
					const scale = Math.max(...expected[name].map(Math.abs));
					const worst = Math.max(...expected[name].map((value, i) => Math.abs(found[i] - value)));
					expect(worst / scale, name).toBeLessThan(1e-5);
				}
			}
			plan.destroy();
			memory.releaseAll();
		}
	},
);
