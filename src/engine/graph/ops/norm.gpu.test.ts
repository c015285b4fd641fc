import { afterAll, describe, expect, test } from "vitest";
import { roundBf16 } from "../../executor/compare.ts";
import { values } from "../../executor/test-gpu.ts";
import { differentiate } from "../autodiff.ts";
import type { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import type { TensorSpec } from "../ir.ts";
import { layerNorm } from "./layer-norm.ts";
import { rmsNorm } from "./rms-norm.ts";
import { expectAgreement, testDevices } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const SHAPES = [
	[1, 5],
	[3, 7],
	[5, 64],
	[33, 577],
	[9, 8192],
] as const;
const LIVE = { axis: "tokens", offset: 0 } as const;
const eps = 1e-5;

type Norm = (
	builder: GraphBuilder,
	x: TensorSpec,
	dtype: "f32" | "bf16",
	role: "weight" | "state",
	width: number,
) => TensorSpec;
const rms: Norm = (builder, x, dtype, role, width) =>
	rmsNorm(builder, "norm", [x, builder.declare(role, "weight", [width], dtype)], { eps });
const onePlus: Norm = (builder, x, dtype, role, width) =>
	rmsNorm(builder, "norm", [x, builder.declare(role, "weight", [width], dtype)], { eps, one_plus: true });
const layer: Norm = (builder, x, dtype, role, width) =>
	layerNorm(
		builder,
		"norm",
		[x, builder.declare(role, "weight", [width], dtype), builder.declare(role, "bias", [width], dtype)],
		{ eps },
	);

const data = (rows: number, width: number) => ({
	x: values(rows * width, 1, 3).map((v) => v + 0.5),
	weight: roundBf16(values(width, 2)),
	bias: roundBf16(values(width, 3)),
	seed: values(rows * width, 4),
});

describe.each([
	["rmsNorm", rms, ["x", "weight"]],
	["rmsNorm of 1 + weight", onePlus, ["x", "weight"]],
	["layerNorm", layer, ["x", "weight", "bias"]],
] as const)("%s", (name, norm, wrt) => {
	const only = (all: Record<string, Float32Array>, keys: readonly string[]) =>
		Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key)));

	test.each(SHAPES)("[%i, %i] agrees with the reference, forward and all gradients", async (rows, width) => {
		const build = (builder: GraphBuilder) => {
			const x = builder.declare("state", "x", [rows, width], "f32", { live: LIVE });
			const y = norm(builder, x, "f32", "state", width);
			const seed = builder.declare("input", "seed", [rows, width], "f32", { live: LIVE });
			const trainable = builder.tensors.filter((t) => t.role === "state");
			differentiate(builder, new Map([[y.id, seed]]), trainable, (t) =>
				builder.declare("state", `grad ${t.name}`, t.shape, "f32", { live: t.live }),
			);
		};
		const options = { values: only(data(rows, width), [...wrt, "seed"]), step: { live_tokens: Math.ceil(rows * 0.6) } };
		await expectAgreement(devices.all, build, { ...options, tolerance: 1e-4 });
	});

	test.each(SHAPES)("[%i, %i] with bf16 weights, forward and dx", async (rows, width) => {
		const build = (builder: GraphBuilder) => {
			const x = builder.declare("state", "x", [rows, width], "f32", { live: LIVE });
			const y = norm(builder, x, "bf16", "weight", width);
			const seed = builder.declare("input", "seed", [rows, width], "f32", { live: LIVE });
			differentiate(builder, new Map([[y.id, seed]]), [x], (t) =>
				builder.declare("state", `grad ${t.name}`, t.shape, "f32"),
			);
			expect(builder.nodes.map((node) => node.op)).toEqual([name.split(" ")[0], "normGradient", "accumulate"]); // frozen weights get no gradient
		};
		const options = { values: only(data(rows, width), [...wrt, "seed"]), step: { live_tokens: rows } };
		await expectAgreement(devices.all, build, { ...options, tolerance: 1e-4 });
	});

	test("gradients match finite differences, with rows past the live ones", () => {
		const [rows, width] = [5, 7];
		const build = (builder: GraphBuilder) =>
			norm(builder, builder.declare("state", "x", [rows, width], "f32", { live: LIVE }), "f32", "state", width);
		expect(gradientErrors({ build, values: only(data(rows, width), [...wrt]), wrt, step: { live_tokens: 3 } })).toEqual(
			[],
		);
	});
});

test("layerNorm of a row with a large mean is accurate", async () => {
	const [rows, width] = [2, 300];
	const build = (builder: GraphBuilder) => {
		layer(builder, builder.declare("state", "x", [rows, width], "f32"), "f32", "weight", width);
	};
	const x = values(rows * width, 1).map((v) => v + 1000);
	await expectAgreement(devices.all, build, {
		values: { x, weight: values(width, 2), bias: values(width, 3) },
		tolerance: 1e-3,
	});
});

describe("rmsNorm of each head of a row", () => {
	const heads = (rows: number, groups: number, width: number) => (builder: GraphBuilder) => {
		const x = builder.declare("state", "x", [rows, groups * width], "f32", { live: LIVE });
		const weight = builder.declare("state", "weight", [width], "f32");
		return rmsNorm(builder, "norm", [x, weight], { eps, groups });
	};
	const given = (rows: number, groups: number, width: number) => ({
		x: data(rows, groups * width).x,
		weight: values(width, 2),
	});

	test.each([
		[1, 1, 5],
		[3, 4, 10],
		[7, 3, 64],
	])("[%i, %i heads of %i] agrees with the reference, forward and all gradients", async (rows, groups, width) => {
		const build = (builder: GraphBuilder) => {
			const y = heads(rows, groups, width)(builder);
			const trainable = builder.tensors.filter((t) => t.role === "state");
			const seed = builder.declare("input", "seed", [rows, groups * width], "f32", { live: LIVE });
			differentiate(builder, new Map([[y.id, seed]]), trainable, (t) =>
				builder.declare("state", `grad ${t.name}`, t.shape, "f32", { live: t.live }),
			);
		};
		const all = { ...given(rows, groups, width), seed: values(rows * groups * width, 4) };
		const step = { live_tokens: Math.ceil(rows * 0.6) };
		await expectAgreement(devices.all, build, { values: all, step, tolerance: 1e-4 });
	});

	test("gradients match finite differences, with rows past the live ones", () => {
		const build = heads(5, 3, 4);
		const wrt = ["x", "weight"];
		expect(gradientErrors({ build, values: given(5, 3, 4), wrt, step: { live_tokens: 3 } })).toEqual([]);
	});
});
