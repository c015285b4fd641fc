import { afterAll, expect, test } from "vitest";
import { roundBf16 } from "../../executor/compare.ts";
import { values } from "../../executor/test-gpu.ts";
import type { Tuning } from "../../kernels/tuning.ts";
import { GraphBuilder } from "../builder.ts";
import { mergeDispatches } from "../passes/merge-dispatches.ts";
import { simplify } from "../passes/simplify.ts";
import { STEP, someValues, trainingStack } from "../passes/test-graphs.ts";
import { copy } from "./copy.ts";
import { linear } from "./linear.ts";
import { matmul } from "./matmul.ts";
import { expectGraphAgreement, testDevices } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

test("merged products agree with the reference", async () => {
	const graph = mergeDispatches(simplify(trainingStack({ layers: 1 })));
	await expectGraphAgreement(devices.all, graph, { values: someValues(graph), step: STEP });
});

test("wide, narrow and gradient products of the strategy of GPUs agree with the reference when they are merged", async () => {
	const [T, IN, OUT, RANK] = [21, 24, 36, 8];
	const live = { axis: "tokens", offset: 0 } as const;
	const builder = new GraphBuilder();
	const x = copy(builder, "x", [builder.declare("input", "given", [T, IN], "f32", { live })]);
	const parameter = (name: string, buffer: string, shape: readonly number[], offset: number) =>
		builder.declare("state", name, shape, "f32", { view: { buffer, offset } });
	const outputs = ["q", "k"].map((name, i) => {
		const W = builder.declare("weight", `${name}.weight`, [OUT, IN], "bf16");
		const A = parameter(`${name}.A`, "params", [RANK, IN], i * 256);
		const u = linear(builder, `layers.0.${name}.A`, x, A, { scale: 2, adapter: true });
		return { y: linear(builder, `layers.0.${name}`, x, W), u };
	});
	outputs.forEach(({ y, u }, i) => {
		const segment = { transposeA: true, transposeB: false, scale: 0.5, adapter: true };
		const attrs = { segments: [segment], accumulate: true, bias: false };
		const [dB, dA] = [
			parameter(`dB${i}`, "grads", [OUT, RANK], i * 320),
			parameter(`dA${i}`, "grads", [RANK, IN], 640 + i * 192),
		];
		matmul.into(builder, `layers.0.dB${i}`, [y, u], [dB], attrs);
		matmul.into(builder, `layers.0.dA${i}`, [u, x], [dA], attrs);
	});
	const graph = mergeDispatches(builder.build());
	expect(graph.nodes.map(({ op }) => op)).toEqual(["copy", "together", "together"]);
	const block = { strategy: "block", rows: 4, columns: 4, unroll: 4, threads: 16 } as const;
	const tuning: Tuning = { matmul: ({ m }) => ({ ...block, splits: m > 16 ? 2 : 1 }) };
	await expectGraphAgreement(devices.all, graph, {
		tuning,
		values: {
			given: values(T * IN, 1),
			"q.weight": roundBf16(values(OUT * IN, 2)),
			"k.weight": roundBf16(values(OUT * IN, 3)),
			params: values(512, 4),
			grads: values(1024, 5),
		},
		step: { live_tokens: 18, adapter_strength: 0.7 },
	});
});
