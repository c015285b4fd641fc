import { afterAll, expect, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import { GraphBuilder } from "../builder.ts";
import { ReferenceMemory, runReference } from "../reference.ts";
import { cacheWrite } from "./cache-write.ts";
import { expectAgreement, testDevices } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const SHAPES = [
	{ rows: 1, width: 1, places: 1, first: 0, live: 1 },
	{ rows: 3, width: 7, places: 9, first: 4, live: 2 },
	{ rows: 5, width: 33, places: 40, first: 35, live: 5 },
	{ rows: 64, width: 129, places: 130, first: 17, live: 61 },
	{ rows: 300, width: 12, places: 301, first: 1, live: 300 },
];

function build(builder: GraphBuilder, { rows, width, places }: (typeof SHAPES)[number]) {
	const live = { axis: "tokens", offset: 0 } as const;
	const x = builder.declare("input", "x", [rows, width], "f32", { live });
	const positions = builder.declare("input", "positions", [rows], "u32", { live });
	const cache = builder.declare("state", "cache", [places, width], "f32");
	cacheWrite(builder, "cache", x, positions, cache);
}

test.each(SHAPES)("$rows rows of $width into $places places", async (shape) => {
	const { rows, width, places, first, live } = shape;
	const inputs = {
		x: values(rows * width, 1),
		positions: Uint32Array.from({ length: rows }, (_, t) => first + t),
		cache: values(places * width, 2),
	};
	await expectAgreement(devices.all, (builder) => void build(builder, shape), {
		values: inputs,
		step: { live_tokens: live },
		tolerance: 0,
	});

	// Checks the reference: written rows equal x, the others are unchanged.
	const builder = new GraphBuilder();
	build(builder, shape);
	const memory = new ReferenceMemory("float32");
	memory.set("x", inputs.x);
	memory.set("positions", inputs.positions, "u32");
	memory.set("cache", inputs.cache);
	runReference(builder.build(), memory, { live_tokens: live });
	const expected = inputs.cache.slice();
	expected.set(inputs.x.subarray(0, live * width), first * width);
	expect(memory.get("cache")).toEqual(expected);
});
