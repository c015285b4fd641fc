// The verdict on a run, from curves of each kind.
import { expect, test } from "vitest";
import { fitOf } from "./fit.ts";
import { RunSeries } from "./series.ts";

function series(losses: readonly number[], heldOut: readonly [step: number, loss: number][] = []): RunSeries {
	const all = new RunSeries();
	for (const [i, loss] of losses.entries()) all.pushStep(i + 1, loss, 1, 1e-3);
	for (const [step, loss] of heldOut) all.pushEval(step, loss);
	return all;
}
const falling = Array.from({ length: 20 }, (_, i) => 6 - i * 0.28); // 6 … 0.68

test.each([
	[
		"learning",
		falling,
		[
			[0, 6.8],
			[10, 1.95],
			[20, 1.74],
		],
	],
	[
		"memorised",
		Array.from({ length: 20 }, (_, i) => 7.5 * 0.8 ** i),
		[
			[0, 7.83],
			[20, 6.71],
		],
	],
	[
		"overfitting",
		falling,
		[
			[0, 3],
			[10, 2],
			[20, 2.6],
		],
	],
	[
		"overfitting",
		falling,
		[
			[0, 3],
			[20, 3.4],
		],
	],
	[
		"diverged",
		[2, 2.1, 3, 9],
		[
			[0, 2],
			[4, 9],
		],
	],
	["diverged", [2, 1.5, Number.NaN], []],
	[
		"diverged",
		[2, 1.5, 1.4],
		[
			[0, 2],
			[3, Number.NaN],
		],
	],
	[
		"unchanged",
		[2, 1.99, 1.98, 1.98],
		[
			[0, 2],
			[4, 1.99],
		],
	],
	["unmeasured", falling, []],
	["unmeasured", falling, [[0, 3]]],
] as const)("%s", (kind, losses, heldOut) => {
	expect(
		fitOf(
			series(
				losses,
				heldOut.map(([step, loss]) => [step, loss]),
			),
		)?.kind,
	).toBe(kind);
});

test("the figures are the means at both ends and the lowest held-out loss with its step", () => {
	expect(
		fitOf(
			series(
				[4, 2, 1, 1],
				[
					[0, 3],
					[2, 2],
					[4, 2.5],
				],
			),
		),
	).toEqual({
		kind: "overfitting",
		trainFirst: 4,
		train: 1,
		first: 3,
		best: 2,
		bestStep: 2,
		last: 2.5,
	});
	expect(fitOf(new RunSeries())).toBeNull();
});
