import { afterAll, expect, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";

import { ReferenceMemory, runReference } from "../reference.ts";
import { rope } from "./rope.ts";
import { expectAgreement, testDevices } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

// tokens, heads, head_dim, rotary_dim
const SHAPES = [
	[1, 1, 2, 2],
	[3, 3, 6, 4],
	[17, 2, 64, 64],
	[40, 9, 10, 10],
	[65, 3, 80, 32],
] as const;
const POSITIONS = 50;

function build(tokens: number, heads: number, head_dim: number, rotary_dim: number, inverse: boolean) {
	return (builder: GraphBuilder) => {
		const x = builder.declare("state", "x", [tokens, heads * head_dim], "f32", { live: { axis: "tokens", offset: 0 } });
		const table = (name: string) => builder.declare("weight", name, [POSITIONS, rotary_dim / 2], "f32");
		const positions = builder.declare("input", "positions", [tokens], "u32");
		return rope(builder, "rope", [x, table("cos"), table("sin"), positions], { head_dim, rotary_dim, inverse });
	};
}

const data = (tokens: number, heads: number, head_dim: number, rotary_dim: number) => ({
	x: values(tokens * heads * head_dim, 1),
	cos: values((POSITIONS * rotary_dim) / 2, 2),
	sin: values((POSITIONS * rotary_dim) / 2, 3),
	positions: Array.from({ length: tokens }, (_, t) => (t * 13 + 1) % POSITIONS),
});

test.each(SHAPES)(
	"rope [%i, %i heads of %i, %i columns rotated] agrees with the reference, as does its inverse",
	async (tokens, heads, head_dim, rotary_dim) => {
		for (const inverse of [false, true]) {
			const options = {
				values: data(tokens, heads, head_dim, rotary_dim),
				step: { live_tokens: Math.ceil(tokens * 0.6) },
			};
			await expectAgreement(
				devices.all,
				(builder) => build(tokens, heads, head_dim, rotary_dim, inverse)(builder),
				options,
			);
		}
	},
);

test("the gradient of rope matches finite differences", () => {
	for (const inverse of [false, true]) {
		const shape = [3, 2, 6, 4] as const;
		expect(
			gradientErrors({ build: build(...shape, inverse), values: data(...shape), wrt: ["x"], step: { live_tokens: 2 } }),
		).toEqual([]);
	}
});

test("a head (1, 0, 0, 2, 5) rotated by 30 and 90 degrees has the values computed by hand", () => {
	const builder = new GraphBuilder();
	const y = build(1, 1, 5, 4, false)(builder);
	const memory = new ReferenceMemory("float64");
	memory.set("x", [1, 0, 0, 2, 5]);
	memory.set("cos", [Math.cos(Math.PI / 6), 0]);
	memory.set("sin", [0.5, 1]);
	memory.set("positions", [0], "u32");
	const out = runReference(builder.build(), memory, { live_tokens: 1 }).get(y.id);
	[Math.cos(Math.PI / 6), -2, 0.5, 0, 5].forEach((expected, i) => expect(out?.[i]).toBeCloseTo(expected, 12));
});
