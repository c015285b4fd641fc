// Curves: growth, smoothing without a cold start, gaps at NaN, and decimation that keeps spikes and held-out points.
import { describe, expect, test } from "vitest";
import { RunSeries } from "./series.ts";

function filled(n: number, at: (step: number) => number): RunSeries {
	const series = new RunSeries();
	for (let step = 1; step <= n; step++) series.pushStep(step, at(step), 1, 1e-3);
	return series;
}

describe("RunSeries", () => {
	test("grows past its first allocation", () => {
		const series = filled(1000, (s) => s);
		expect(series.step.length).toBe(1000);
		expect(series.loss.at(999)).toBe(1000);
	});

	test("a constant loss is smoothed to itself from the first step", () => {
		const { smooth } = filled(5, () => 2).frame();
		for (const value of smooth) expect(value).toBeCloseTo(2, 12);
	});

	test("NaN is a gap in the raw curve and does not affect the smoothed one", () => {
		const { raw, smooth } = filled(3, (s) => (s === 2 ? Number.NaN : 1)).frame();
		expect(raw).toEqual([1, null, 1]);
		expect(smooth[2]).toBeCloseTo(1, 12);
	});

	test("held-out points are at their own step, before, between and after the others", () => {
		const series = filled(2, () => 1);
		for (const [step, value] of [
			[0, 3],
			[2, 2],
			[5, 1],
		]) {
			series.pushEval(step, value);
		}
		const { x, heldOut, raw } = series.frame();
		expect(x).toEqual([0, 1, 2, 5]);
		expect(heldOut).toEqual([3, null, 2, 1]);
		expect(raw).toEqual([null, 1, 1, null]);
	});

	test("decimation keeps order, both extremes and every held-out point", () => {
		const series = filled(10_000, (s) => (s === 5001 ? 99 : s === 7003 ? -99 : Math.sin(s)));
		series.pushEval(0, 5);
		series.pushEval(4444, 4);
		series.pushEval(10_000, 3);
		const { x, raw, heldOut } = series.frame(500);
		expect(x.length).toBeLessThanOrEqual(503);
		expect(x).toEqual([...x].sort((a, b) => a - b));
		expect(raw).toContain(99);
		expect(raw).toContain(-99);
		expect(heldOut.filter((v) => v !== null)).toEqual([5, 4, 3]);
	});
});
