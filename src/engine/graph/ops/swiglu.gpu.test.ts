import { afterAll, describe, expect, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import type { Gate } from "../../kernels/swiglu.ts";
import { differentiate } from "../autodiff.ts";
import type { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { swiglu } from "./swiglu.ts";
import { expectAgreement, testDevices } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const SHAPES = [
	[1, 1],
	[3, 7],
	[5, 64],
	[17, 129],
	[300, 33],
] as const;
const LIVE = { axis: "tokens", offset: 0 } as const;

const build = (act: Gate, rows: number, width: number) => (builder: GraphBuilder) =>
	swiglu(
		builder,
		"act",
		[
			builder.declare("state", "gate", [rows, width], "f32", { live: LIVE }),
			builder.declare("state", "up", [rows, width], "f32", { live: LIVE }),
		],
		{ act },
	);

describe.each(["silu", "gelu_tanh"] as const)("%s", (act) => {
	test.each(SHAPES)("swiglu [%i, %i] and its gradients agree with the reference", async (rows, width) => {
		const both = (builder: GraphBuilder) => {
			const y = build(act, rows, width)(builder);
			const seed = builder.declare("input", "seed", [rows, width], "f32", { live: LIVE });
			const wrt = builder.tensors.filter((t) => t.role === "state");
			differentiate(builder, new Map([[y.id, seed]]), wrt, (t) =>
				builder.declare("state", `grad ${t.name}`, t.shape, "f32", { live: LIVE }),
			);
		};
		const gate = values(rows * width, 1, 8);
		gate[0] = -150; // exp(150) does not fit into f32
		const options = {
			values: { gate, up: values(rows * width, 2), seed: values(rows * width, 3) },
			step: { live_tokens: Math.ceil(rows * 0.6) },
		};
		await expectAgreement(devices.all, both, options);
	});

	test("the gradient of swiglu matches finite differences", () => {
		const data = { gate: values(15, 1, 4), up: values(15, 2, 2) };
		expect(
			gradientErrors({ build: build(act, 3, 5), values: data, wrt: ["gate", "up"], step: { live_tokens: 2 } }),
		).toEqual([]);
	});
});
