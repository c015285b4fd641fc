import { afterAll, expect, test } from "vitest";
import { testGpu } from "../executor/test-gpu.ts";
import { autotune, choose, loadTable, saveTable, tuningKey } from "./autotune.ts";
import { Pipelines } from "./pipelines.ts";
import { exchangeLanes, inOrder } from "./subgroup-lanes.ts";
import { type MatmulVariant, SHAPE_KINDS, shapeKind, tuningOf } from "./tuning.ts";
import { CANDIDATES, defaultTable, detectClass } from "./tuning-defaults.ts";

const gpu = await testGpu();
const pipelines = new Pipelines(gpu);
afterAll(() => gpu.destroy());

const variant = (rows: number): MatmulVariant => ({ strategy: "direct", rows, columns: 1, unroll: 1, threads: 8 });

test("a challenger must be more than 8 % faster", () => {
	const candidates = [variant(1), variant(2), variant(3)] as const;
	expect(choose([...candidates], [10, 9.4, 9.3])).toBe(candidates[0]);
	expect(choose([...candidates], [10, 9.2, 9.4])).toBe(candidates[1]);
	expect(choose([...candidates], [10, 20, 5])).toBe(candidates[2]);
});

test("autotune measures every candidate of the device, chooses one and leaks no buffer", async () => {
	const before = gpu.allocated.buffers;
	const device = await detectClass(gpu, pipelines);
	const shape = { n: 64, k: 48, transposeA: false, transposeB: true, storageB: "bf16" } as const;
	const { table, measured } = await autotune(pipelines, device, [
		{ ...shape, m: 32 },
		{ ...shape, m: 1 },
		{ ...shape, m: 2 },
	]);
	for (const kind of SHAPE_KINDS) expect(CANDIDATES[device][kind]).toContainEqual(table[kind]);
	expect(measured.filter(({ kind }) => kind === "wide").length).toBe(
		CANDIDATES[device].wide.length > 1 ? CANDIDATES[device].wide.length : 0,
	);
	expect(measured.every(({ milliseconds }) => milliseconds > 0)).toBe(true);
	expect(table.narrow).toEqual(CANDIDATES[device].narrow[0]); // no such shape was given
	expect(gpu.allocated.buffers - before).toBeLessThanOrEqual(2); // the staging and fence buffers, created once
});

test("a saved table is loaded only with its key", () => {
	const table = defaultTable("gpu");
	const key = tuningKey(gpu.adapterInfo, "a browser");
	expect(loadTable(saveTable(key, table), key)).toEqual(table);
	expect(loadTable(saveTable(key, table), tuningKey(gpu.adapterInfo, "another browser"))).toBeNull();
	expect(loadTable(saveTable(key, table).replace("shared", "shaded"), key)).toBeNull();
	expect(loadTable("{", key)).toBeNull();
});

test("kinds of shapes, and their table", () => {
	expect([1, 4, 5, 16, 17, 512].map((m) => shapeKind({ m }))).toEqual([
		"few",
		"few",
		"narrow",
		"narrow",
		"wide",
		"wide",
	]);
	const table = defaultTable("lanes8");
	expect(tuningOf(table).matmul({ m: 8, n: 9, k: 9, transposeA: true, transposeB: true, storageB: "f32" })).toBe(
		table.narrow,
	);
});

test("subgroup lanes are used only if their size, order and partners are correct", async () => {
	const { subgroupMinSize } = gpu.adapterInfo;
	const lanes = await exchangeLanes(gpu, pipelines);
	expect([0, subgroupMinSize]).toContain(lanes);
	const right = Uint32Array.from({ length: 8 * 4 }, (_, i) => [4, (i >> 2) % 4, (i >> 2) ^ 1, (i >> 2) ^ 3][i % 4]);
	expect(inOrder(right, 4)).toBe(true);
	expect(inOrder(right, 8)).toBe(false);
	expect(inOrder(right.with(5, 0), 4)).toBe(false);
	expect(inOrder(right.with(7, 0), 4)).toBe(false);
});

test("a device without subgroups does not exchange operands", async () => {
	const minimal = await testGpu(true);
	expect(await exchangeLanes(minimal, new Pipelines(minimal))).toBe(0);
	minimal.destroy();
});
