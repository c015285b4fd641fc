// Which subgroup matrices of a device are used.
import { expect, test } from "vitest";
import { MATRIX_WGSL, matrixUnits, unitsOf } from "./matrix-units.ts";
import { loadChoices, saveChoices } from "./saved-tuning.ts";
import { defaultTable } from "./tuning-defaults.ts";

const ALL = ["chromium-experimental-subgroup-matrix", "subgroups", "shader-f16", "subgroup-size-control"];
const config = (componentType: string, resultComponentType: string, [M, N, K]: readonly number[]) => ({
	componentType,
	resultComponentType,
	M,
	N,
	K,
});
const device = (features: readonly string[], configs: readonly object[], sizes: readonly [number, number] = [32, 32]) =>
	({
		has: (name: string) => features.includes(name),
		adapterInfo: { subgroupMinSize: sizes[0], subgroupMaxSize: sizes[1], subgroupMatrixConfigs: configs },
	}) as unknown as Parameters<typeof matrixUnits>[0];

const AMD = [config("f16", "f16", [16, 16, 16]), config("f16", "f32", [16, 16, 16]), config("u8", "u32", [16, 16, 16])];
const APPLE = [config("f32", "f32", [8, 8, 8]), config("f16", "f16", [8, 8, 8])];

test("sums are float32, and sizes of subgroups are known", () => {
	const sizes = { m: 16, n: 16, k: 16 };
	expect(matrixUnits(device(ALL, AMD, [32, 64]))).toMatchObject({ subgroup: 32, sized: true, f16: sizes, f32: null });
	expect(matrixUnits(device(ALL.slice(0, 3), AMD))).toMatchObject({
		subgroup: 32,
		sized: false,
		f16: sizes,
		f32: null,
	});
	expect(matrixUnits(device(ALL.slice(0, 3), AMD, [32, 64]))).toBeNull();
	expect(matrixUnits(device(ALL.slice(0, 2), AMD))).toBeNull();
	expect(matrixUnits(device(ALL, APPLE))).toMatchObject({ f16: null, f32: { m: 8, n: 8, k: 8 } });
	expect(matrixUnits(device(ALL.slice(1), AMD))).toBeNull();
	expect(matrixUnits(device(ALL, [config("f16", "f32", [128, 16, 16])]))).toBeNull();
});

test("a measured choice is stored with the table", () => {
	const choices = { table: defaultTable("gpu"), matrices: { f16: true, f32: false } };
	expect(loadChoices(saveChoices("a", choices), "a")).toEqual(choices);
	const units = { subgroup: 32, f16: { m: 8, n: 8, k: 8 }, f32: { m: 8, n: 8, k: 8 }, wgsl: MATRIX_WGSL };
	expect(unitsOf(units, choices.matrices)).toEqual({ ...units, f32: null });
	expect(unitsOf(units, { f16: false, f32: false })).toBeUndefined();
});
