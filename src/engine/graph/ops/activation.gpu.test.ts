import { afterAll, describe, expect, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import type { Activation } from "../../kernels/activation.ts";
import { differentiate } from "../autodiff.ts";
import { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { ReferenceMemory, runReference } from "../reference.ts";
import { activation } from "./activation.ts";
import { expectAgreement, testDevices } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const SHAPES = [
	[1, 1],
	[3, 7],
	[5, 64],
	[17, 129],
	[300, 36],
] as const;
const LIVE = { axis: "tokens", offset: 0 } as const;

const build = (kind: Activation, rows: number, width: number) => (builder: GraphBuilder) =>
	activation(builder, "act", [builder.declare("state", "x", [rows, width], "f32", { live: LIVE })], { kind });

describe.each(["relu", "gelu", "gelu_tanh"] as const)("%s", (kind) => {
	test.each(SHAPES)("[%i, %i] and its gradient agree with the reference", async (rows, width) => {
		const both = (builder: GraphBuilder) => {
			const y = build(kind, rows, width)(builder);
			const seed = builder.declare("input", "seed", [rows, width], "f32", { live: LIVE });
			differentiate(
				builder,
				new Map([[y.id, seed]]),
				builder.tensors.filter((t) => t.role === "state"),
				(t) => builder.declare("state", `grad ${t.name}`, t.shape, "f32", { live: LIVE }),
			);
		};
		const x = values(rows * width, 1, 6);
		x[0] = -200; // exp(200) overflows f32
		await expectAgreement(devices.all, both, {
			values: { x, seed: values(rows * width, 2) },
			step: { live_tokens: Math.ceil(rows * 0.6) },
		});
	});

	test("its gradient matches finite differences", () => {
		const inputs = { x: values(15, 1, 3) };
		expect(gradientErrors({ build: build(kind, 3, 5), values: inputs, wrt: ["x"], step: { live_tokens: 2 } })).toEqual(
			[],
		);
	});
});

test.each([
	// torch.nn.functional.gelu(torch.tensor([…], dtype=torch.float64)), and with approximate="tanh"
	[
		"gelu",
		[
			[-4.5, -1.5289529061324192e-5],
			[-1.25, -0.13206221708356905],
			[-0.1, -0.0460172162722971],
			[0.7, 0.5306254434438489],
			[3.2, 3.1978011585986694],
		],
	],
	[
		"gelu_tanh",
		[
			[-4.5, -5.136737411925996e-6],
			[-1.25, -0.13228579703028542],
			[-0.1, -0.04601724895456484],
			[0.7, 0.5305701347051167],
			[3.2, 3.198130434837916],
		],
	],
] as [Activation, [number, number][]][])("%s is torch's", (kind, torch) => {
	const builder = new GraphBuilder();
	const x = builder.declare("input", "x", [1, torch.length], "f32");
	const y = activation(builder, "act", [x], { kind });
	const memory = new ReferenceMemory("float64");
	memory.set(
		"x",
		torch.map(([at]) => at),
	);
	const found = runReference(builder.build(), memory, {}).get(y.id);
	torch.forEach(([, value], i) => expect(found?.[i]).toBeCloseTo(value, 13));
});
