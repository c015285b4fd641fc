// Gradients that are added by token id: embed and overlayRows.
import { afterAll, describe, expect, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import { differentiate } from "../autodiff.ts";
import type { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import type { TensorSpec } from "../ir.ts";
import { embed } from "./embed.ts";
import { overlayRows } from "./overlay-rows.ts";
import { expectAgreement, testDevices, withBindingLimit } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

/** tokens, rows of the table, width */
const SHAPES = [
	[1, 1, 1],
	[3, 5, 7],
	[17, 4, 33],
	[40, 300, 64],
	[130, 7, 36],
] as const;
const LIVE = { axis: "tokens", offset: 0 } as const;

/** Ids that repeat. */
const ids = (tokens: number, places: number) => Array.from({ length: tokens }, (_, t) => ((t * t * 7) % 11) % places);

const OPS: Record<string, (tokens: number, places: number, width: number) => (builder: GraphBuilder) => TensorSpec> = {
	embed: (tokens, places, width) => (builder) => {
		const id = builder.declare("input", "ids", [tokens], "u32", { live: LIVE });
		return embed(builder, "rows", [id, builder.declare("state", "table", [places, width], "f32")]);
	},
	overlayRows: (tokens, places, width) => (builder) => {
		const x = builder.declare("state", "x", [tokens, width], "f32", { live: LIVE });
		const table = builder.declare("state", "table", [places, width], "f32");
		const index = builder.declare("input", "ids", [tokens], "u32", { live: LIVE });
		return overlayRows(builder, "overlaid", [x, table, index]);
	},
};

const data = (tokens: number, places: number, width: number) => ({
	ids: ids(tokens, places),
	x: values(tokens * width, 1),
	table: values(places * width, 2),
	seed: values(tokens * width, 3),
});

describe.each(Object.entries(OPS))("%s", (name, build) => {
	const given = (tokens: number, places: number, width: number) => {
		const { x, ...others } = data(tokens, places, width);
		return name === "overlayRows" ? { x, ...others } : others;
	};
	const both = (tokens: number, places: number, width: number) => (builder: GraphBuilder) => {
		const y = build(tokens, places, width)(builder);
		const seed = builder.declare("input", "seed", [tokens, width], "f32", { live: LIVE });
		const wrt = builder.tensors.filter((t) => t.role === "state");
		differentiate(builder, new Map([[y.id, seed]]), wrt, (t) =>
			builder.declare("state", `grad ${t.name}`, t.shape, "f32", t.live ? { live: t.live } : {}),
		);
	};

	test.each(SHAPES)("[%i] of [%i, %i] and its gradients agree with the reference", async (tokens, places, width) => {
		const options = {
			values: given(tokens, places, width),
			step: { live_tokens: Math.ceil(tokens * 0.7), adapter_strength: 0.8 },
		};
		await expectAgreement(devices.all, both(tokens, places, width), options);
	});

	test("its gradients match finite differences", () => {
		const { seed: _seed, ...held } = given(9, 4, 3);
		const wrt = name === "overlayRows" ? ["x", "table"] : ["table"];
		const step = { live_tokens: 7, adapter_strength: 0.8 };
		expect(gradientErrors({ build: build(9, 4, 3), values: held, wrt, step })).toEqual([]);
	});
});

test("the gradient of a table larger than a binding is added in windows", async () => {
	const [tokens, places, width] = [90, 61, 37];
	const small = devices.all.map((gpu) => withBindingLimit(gpu, 4096));
	const build = (builder: GraphBuilder) => {
		const y = OPS.embed(tokens, places, width)(builder);
		const seed = builder.declare("input", "seed", [tokens, width], "f32", { live: LIVE });
		const wrt = builder.tensors.filter((t) => t.role === "state");
		differentiate(builder, new Map([[y.id, seed]]), wrt, (t) =>
			builder.declare("state", `grad ${t.name}`, t.shape, "f32"),
		);
	};
	const spread = Array.from({ length: tokens }, (_, t) => (t * 17) % places);
	const { table, seed } = data(tokens, places, width);
	await expectAgreement(small, build, { values: { ids: spread, table, seed }, step: { live_tokens: tokens } });
});
