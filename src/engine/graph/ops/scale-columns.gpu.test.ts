import { afterAll, expect, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import { differentiate } from "../autodiff.ts";
import type { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { scaleColumns } from "./scale-columns.ts";
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

const build = (rows: number, width: number, bias: boolean) => (builder: GraphBuilder) =>
	scaleColumns(
		builder,
		"scaled",
		[
			builder.declare("state", "x", [rows, width], "f32", { live: LIVE }),
			builder.declare("state", "gain", [width], "f32"),
			...(bias ? [builder.declare("state", "bias", [width], "f32")] : []),
		],
		{ bias },
	);

test.each(SHAPES)("scaleColumns [%i, %i] and its gradients agree with the reference", async (rows, width) => {
	for (const bias of [false, true]) {
		const both = (builder: GraphBuilder) => {
			const y = build(rows, width, bias)(builder);
			const seed = builder.declare("input", "seed", [rows, width], "f32", { live: LIVE });
			const wrt = builder.tensors.filter((t) => t.role === "state");
			differentiate(builder, new Map([[y.id, seed]]), wrt, (t) =>
				builder.declare("state", `grad ${t.name}`, t.shape, "f32", t.live ? { live: t.live } : {}),
			);
		};
		const data = { x: values(rows * width, 1), gain: values(width, 2), seed: values(rows * width, 3) };
		await expectAgreement(devices.all, both, {
			values: bias ? { ...data, bias: values(width, 4) } : data,
			step: { live_tokens: Math.ceil(rows * 0.6) },
		});
	}
});

test("the gradients of scaleColumns match finite differences", () => {
	const data = { x: values(15, 1), gain: values(5, 2), bias: values(5, 3) };
	const wrt = ["x", "gain", "bias"];
	expect(gradientErrors({ build: build(3, 5, true), values: data, wrt, step: { live_tokens: 2 } })).toEqual([]);
});
