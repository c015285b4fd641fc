import { afterAll, expect, test } from "vitest";
import { testGpu } from "../executor/test-gpu.ts";
import { autotune } from "./autotune.ts";
import { ATTENTION_CANDIDATES, attentionWork } from "./autotune-attention.ts";
import { choose, measureCandidates } from "./candidates.ts";
import { Pipelines } from "./pipelines.ts";
import { loadChoices, saveChoices, tuningKey } from "./saved-tuning.ts";
import { exchangeLanes, inOrder } from "./subgroup-lanes.ts";
import { type MatmulVariant, PLAIN_VARIANT, SHAPE_KINDS, shapeKind, tuningOf } from "./tuning.ts";
import { CANDIDATES, defaultTable, detectClass } from "./tuning-defaults.ts";

const gpu = await testGpu();
const pipelines = new Pipelines(gpu);
afterAll(() => gpu.destroy());

const variant = (rows: number, threads = 8): MatmulVariant => ({
	strategy: "direct",
	rows,
	columns: 1,
	unroll: 1,
	threads,
});
const timed = (rows: number, milliseconds: number | null, dropped: "wrong values" | null = null) => ({
	variant: variant(rows),
	milliseconds,
	dropped,
});

test("a challenger must be more than 8 % faster", () => {
	expect(choose([timed(1, 10), timed(2, 9.4), timed(3, 9.3)], PLAIN_VARIANT)).toEqual(variant(1));
	expect(choose([timed(1, 10), timed(2, 9.2), timed(3, 9.4)], PLAIN_VARIANT)).toEqual(variant(2));
	expect(choose([timed(1, 10), timed(2, 20), timed(3, 5)], PLAIN_VARIANT)).toEqual(variant(3));
});

test("a candidate that was dropped or not timed is not chosen", () => {
	expect(choose([timed(1, 10), timed(2, null, "wrong values"), timed(3, null)], PLAIN_VARIANT)).toEqual(variant(1));
	expect(choose([timed(1, null, "wrong values"), timed(2, 10), timed(3, 9.9)], PLAIN_VARIANT)).toEqual(variant(2));
	expect(choose([timed(1, null), timed(2, null)], PLAIN_VARIANT)).toEqual(variant(1));
	expect(choose([timed(1, null, "wrong values")], PLAIN_VARIANT)).toEqual(PLAIN_VARIANT);
});

test("autotune measures every candidate of the device, chooses one of each kind and leaks no buffer", async () => {
	const before = gpu.allocated.buffers;
	const device = await detectClass(gpu, pipelines);
	const progress: number[] = [];
	const { table, candidates, outOfTime } = await autotune(pipelines, device, {
		budgetMilliseconds: 600_000,
		onProgress: (done) => progress.push(done),
	});
	const counts = SHAPE_KINDS.map((kind) => CANDIDATES[device][kind]?.length ?? 0);
	expect(candidates.length).toBe(counts.filter((count) => count > 1).reduce((sum, count) => sum + count, 0));
	for (const kind of SHAPE_KINDS)
		if (CANDIDATES[device][kind] !== undefined) expect(CANDIDATES[device][kind]).toContainEqual(table[kind]);
	for (const { milliseconds, dropped } of candidates) {
		expect(dropped).toBeNull();
		expect(milliseconds).toBeGreaterThan(0);
	}
	expect(outOfTime).toBe(false);
	expect(progress.at(-1) ?? 0).toBe(candidates.length);
	expect(gpu.allocated.buffers - before).toBeLessThanOrEqual(2); // the staging and fence buffers, created once
});

test("a candidate that does not compile or computes wrong values is dropped", async () => {
	const tooManyThreads = variant(4, 1024 * 64);
	const wrong = variant(2);
	const faulty = new Pipelines(gpu);
	const { get } = faulty;
	faulty.get = ({ kernel, constants }) => {
		const source = constants.ROWS === wrong.rows ? kernel.source.replaceAll("params.scale0", "1.5") : kernel.source;
		return get.call(faulty, { kernel: { ...kernel, source }, constants });
	};
	const two = [variant(4), variant(4)] as const;
	const { table, candidates } = await autotune(faulty, "software", {
		candidates: { wide: [wrong, tooManyThreads, variant(8)], narrow: [...two], few: [wrong] },
		budgetMilliseconds: 600_000,
	});
	expect(candidates.map(({ kind, dropped }) => `${kind}: ${dropped}`)).toEqual([
		"wide: wrong values",
		"wide: does not compile",
		"wide: null",
		"narrow: null",
		"narrow: null",
	]);
	expect(table.wide).toEqual(variant(8));
});

test("the budget limits the measurement, and what was not measured keeps the default", async () => {
	const device = await detectClass(gpu, pipelines);
	const fresh = new Pipelines(gpu);
	const started = performance.now();
	const spent = await autotune(fresh, device, { budgetMilliseconds: 0 });
	expect(performance.now() - started).toBeLessThan(1000);
	expect(spent.table).toEqual(defaultTable(device));
	expect(spent.outOfTime).toBe(spent.candidates.length > 0);
	let time = 0; // a clock on which each look takes 400 ms
	const slow = await autotune(pipelines, device, {
		budgetMilliseconds: 1000,
		now: () => {
			time += 400;
			return time;
		},
	});
	expect(slow.outOfTime).toBe(slow.candidates.length > 0);
});

test("saved choices are loaded only with their key", () => {
	const choices = { table: defaultTable("gpu"), attentionQueries: 16 };
	const key = tuningKey(gpu.adapterInfo, "a browser");
	expect(loadChoices(saveChoices(key, choices), key)).toEqual(choices);
	expect(loadChoices(saveChoices(key, { table: choices.table }), key)).toEqual({ table: choices.table });
	expect(loadChoices(saveChoices(key, { ...choices, attentionQueries: 17 }), key)).toEqual({ table: choices.table });
	expect(loadChoices(saveChoices(key, choices), tuningKey(gpu.adapterInfo, "another browser"))).toBeNull();
	expect(loadChoices(saveChoices(key, choices).replace("block", "blocked"), key)).toBeNull();
	expect(loadChoices("{", key)).toBeNull();
});

test("candidates for attention are checked and timed; one that computes wrong values is dropped", async () => {
	const faulty = new Pipelines(gpu);
	const { get } = faulty;
	faulty.get = ({ kernel, constants }) => {
		const wrong = kernel.name === "attention-block-gradient-kv" && constants.QUERIES === 16;
		const source = wrong ? kernel.source.replaceAll("params.scale", "(1.1 * params.scale)") : kernel.source;
		return get.call(faulty, { kernel: { ...kernel, source }, constants });
	};
	const clock = { now: () => performance.now(), deadline: performance.now() + 600_000, longest: 0 };
	const work = attentionWork(faulty);
	const { results, outOfTime } = await measureCandidates(faulty, ATTENTION_CANDIDATES, work, clock, () => undefined);
	expect(results.map(({ variant, dropped }) => `${variant}: ${dropped}`)).toEqual([
		"32: null",
		"16: wrong values",
		"0: null",
	]);
	expect(results.map(({ milliseconds }) => milliseconds !== null)).toEqual([true, false, true]);
	expect(outOfTime).toBe(false);
	expect(ATTENTION_CANDIDATES).toContain(choose(results, 0));
});

test("kinds of shapes, and their table", () => {
	const table = defaultTable("lanes8");
	expect([1, 4, 5, 16, 17, 512].map((m) => shapeKind({ m, n: 64 }, table))).toEqual([
		"few",
		"few",
		"narrow",
		"narrow",
		"wide",
		"wide",
	]);
	const sizes = [1023, 1024, 4095, 4096, 8191, 8192];
	expect(sizes.map((n) => shapeKind({ m: 64, n }, defaultTable("gpu")))).toEqual([
		"narrow",
		"small",
		"small",
		"medium",
		"medium",
		"wide",
	]);
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
