import { afterAll, expect, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import { differentiate } from "../autodiff.ts";
import type { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { fill, gatherRows } from "./gather-rows.ts";
import { expectAgreement, testDevices } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

// tokens, width, listed rows, offset, count
const SHAPES = [
	[1, 1, 1, 0, 1],
	[9, 7, 5, 2, 3],
	[20, 64, 11, 0, 11],
	[40, 129, 30, 10, 20],
	[300, 33, 100, 64, 36],
] as const;

/** Distinct rows in a mixed order. */
const listed = (count: number, tokens: number) =>
	Array.from({ length: tokens }, (_, i) => i)
		.sort((a, b) => ((a * 7919) % 101) - ((b * 7919) % 101))
		.slice(0, count);

function build(tokens: number, width: number, rows: number, offset: number, count: number) {
	return (builder: GraphBuilder) => {
		const x = builder.declare("state", "x", [tokens, width], "f32", { live: { axis: "tokens", offset: 0 } });
		const list = builder.declare("input", "rows", [rows], "u32");
		return gatherRows(builder, "picked", [x, list], { offset, count });
	};
}

test.each(SHAPES)(
	"gatherRows of [%i, %i] with %i listed rows, from entry %i on %i rows, and scatterRows",
	async (tokens, width, rows, offset, count) => {
		const both = (builder: GraphBuilder) => {
			const y = build(tokens, width, rows, offset, count)(builder);
			const seed = builder.declare("input", "seed", y.shape, "f32", { live: y.live });
			differentiate(builder, new Map([[y.id, seed]]), [builder.spec(0)], (t) =>
				builder.declare("state", "grad", t.shape, "f32"),
			);
			expect(builder.nodes.map((node) => node.op)).toEqual(["gatherRows", "fill", "scatterRows", "accumulate"]);
		};
		const data = { x: values(tokens * width, 1), rows: listed(rows, tokens), seed: values(count * width, 2) };
		const step = { live_tokens: tokens, live_targets: offset + Math.ceil(count * 0.7) };
		await expectAgreement(devices.all, both, { values: data, step, tolerance: 0 });
	},
);

test("the gradient of gatherRows matches finite differences, also with dead targets", () => {
	const data = { x: values(6 * 3, 1), rows: listed(5, 6) };
	expect(
		gradientErrors({
			build: build(6, 3, 5, 1, 4),
			values: data,
			wrt: ["x"],
			step: { live_tokens: 6, live_targets: 4 },
		}),
	).toEqual([]);
});

test("fill writes the live rows only", async () => {
	const build = (builder: GraphBuilder) => {
		fill(builder, "ones", [], { shape: [17, 33], value: 1.5, live: { axis: "tokens", offset: 0 } });
	};
	await expectAgreement(devices.all, build, { values: {}, step: { live_tokens: 11 }, tolerance: 0 });
});
