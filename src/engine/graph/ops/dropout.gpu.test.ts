import { afterAll, expect, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { ReferenceMemory, runReference } from "../reference.ts";
import { dropout } from "./dropout.ts";
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

const build = (rows: number, width: number, p: number, salt: number) => (builder: GraphBuilder) =>
	dropout(
		builder,
		"dropped",
		[builder.declare("state", "x", [rows, width], "f32", { live: { axis: "tokens", offset: 0 } })],
		{ p, salt },
	);

/** Which elements of a run of ones are kept. */
function mask(
	rows: number,
	width: number,
	p: number,
	salt: number,
	step: { seed: number; micro_step: number },
): boolean[] {
	const builder = new GraphBuilder();
	const y = build(rows, width, p, salt)(builder);
	const memory = new ReferenceMemory("float64");
	memory.set("x", new Float64Array(rows * width).fill(1));
	const out = runReference(builder.build(), memory, { ...step, live_tokens: rows }).get(y.id) ?? [];
	return Array.from(out, (v) => v !== 0);
}

test.each(SHAPES)("dropout [%i, %i]: the same elements are zero on both executors", async (rows, width) => {
	for (const p of [0, 0.1, 0.7]) {
		// The tolerance is far below the size of an element, so a different mask fails the test.
		const options = {
			values: { x: values(rows * width, 1).map((v) => v + 2) },
			step: { live_tokens: Math.ceil(rows * 0.6), seed: 0xfeedbeef, micro_step: 12345 },
		};
		await expectAgreement(devices.all, (builder) => void build(rows, width, p, 77)(builder), {
			...options,
			tolerance: 1e-6,
		});
	}
});

test("the gradient uses the same mask", () => {
	const test = {
		build: build(4, 9, 0.4, 3),
		values: { x: values(36, 1) },
		wrt: ["x"],
		step: { live_tokens: 3, seed: 5, micro_step: 2 },
	};
	expect(gradientErrors(test)).toEqual([]);
});

test("p of the elements are dropped; the mask depends on seed, micro-batch and salt, not on the capacity", () => {
	const base = mask(200, 50, 0.3, 1, { seed: 9, micro_step: 4 });
	const dropped = base.filter((kept) => !kept).length;
	expect(Math.abs(dropped / 10000 - 0.3)).toBeLessThan(0.02); // 4 deviations
	expect(mask(400, 50, 0.3, 1, { seed: 9, micro_step: 4 }).slice(0, 10000)).toEqual(base);
	const others = [
		mask(200, 50, 0.3, 1, { seed: 10, micro_step: 4 }),
		mask(200, 50, 0.3, 1, { seed: 9, micro_step: 5 }),
		mask(200, 50, 0.3, 2, { seed: 9, micro_step: 4 }),
	];
	for (const other of others) {
		const same = other.filter((kept, i) => kept === base[i]).length;
		expect(Math.abs(same / 10000 - 0.58)).toBeLessThan(0.03); // independent: 0.7² + 0.3²
	}
});
