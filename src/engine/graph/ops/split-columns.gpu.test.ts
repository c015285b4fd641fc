import { afterAll, expect, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import { differentiate } from "../autodiff.ts";
import type { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { add } from "./add.ts";
import { splitColumns } from "./split-columns.ts";
import { expectAgreement, testDevices } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());
const LIVE = { axis: "tokens", offset: 0 } as const;

const SHAPES: [number, number[]][] = [
	[1, [1]],
	[3, [4, 1, 2]],
	[17, [64, 64]],
	[300, [33, 7, 7]],
];

const build = (rows: number, widths: number[]) => (builder: GraphBuilder) => {
	const whole = widths.reduce((a, b) => a + b);
	return splitColumns(builder, "split", [builder.declare("state", "x", [rows, whole], "f32", { live: LIVE })], {
		widths,
	});
};

test.each(SHAPES)("splitColumns of %i rows into %j and its gradient agree with the reference", async (rows, widths) => {
	const whole = widths.reduce((a, b) => a + b);
	const both = (builder: GraphBuilder) => {
		const seeds = build(
			rows,
			widths,
		)(builder).map(
			(part, i) => [part.id, builder.declare("input", `seed ${i}`, part.shape, "f32", { live: LIVE })] as const,
		);
		const wrt = builder.tensors.filter((t) => t.role === "state");
		differentiate(builder, new Map(seeds), wrt, (t) =>
			builder.declare("state", `grad ${t.name}`, t.shape, "f32", { live: LIVE }),
		);
	};
	const seeds = widths.map((width, i) => [`seed ${i}`, values(rows * width, 2 + i)]);
	await expectAgreement(devices.all, both, {
		values: { x: values(rows * whole, 1), ...Object.fromEntries(seeds) },
		step: { live_tokens: Math.ceil(rows * 0.6) },
	});
});

test("the gradient of splitColumns matches finite differences", () => {
	const summed = (builder: GraphBuilder) => {
		const [a, b] = build(3, [2, 2])(builder);
		return add(builder, "sum", [a, b]);
	};
	expect(gradientErrors({ build: summed, values: { x: values(12, 1) }, wrt: ["x"], step: { live_tokens: 2 } })).toEqual(
		[],
	);
});
