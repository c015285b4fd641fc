// The plot of a run: raw loss faint, smoothed loss bold, held-out loss as dots on a dashed line, and kept runs. It reads the
// run's series at most ten times a second and redraws itself; React only mounts it. Colours come from the theme's CSS variables.

import { type RefObject, useMemo } from "react";
import uPlot from "uplot";
import { plainNumber } from "../../src/shared/setting-values.ts";
import { currentSeries, useRun } from "../features/run/store.ts";
import { type Translate, useT } from "../i18n/index.ts";
import { loss } from "../lib/format.ts";
import { DASHES, keepDrawn, lossAxes, plainAxis, token, useMounted } from "./curves.ts";

const HEIGHT = 220;
const PERIOD = 100; // ms between repaints

/** A series on a second axis. */
export type SecondAxis = "gradNorm" | "learningRate" | "score";

/** The smoothed loss of a kept run. */
export interface DrawnRun {
	readonly id: string;
	readonly name: string;
	readonly x: number[];
	readonly smooth: (number | null)[];
}

interface Props {
	/** Shows the values at the cursor. */
	readout: RefObject<HTMLParagraphElement | null>;
	drawn: readonly DrawnRun[];
	secondAxis: SecondAxis | null;
}

export function LossPlot({ readout, drawn, secondAxis }: Props) {
	const t = useT();
	const of = useMemo(() => [t, drawn, secondAxis], [t, drawn, secondAxis]);
	const host = useMounted((element, say) => mountChart(element, say, t, drawn, secondAxis), of, readout);
	return <div ref={host} className="h-55 overflow-hidden" aria-hidden="true" />;
}

/** Builds the chart in `element` and updates it. Returns a function that removes it. */
function mountChart(
	element: HTMLDivElement,
	say: (text: string) => void,
	t: Translate,
	drawn: readonly DrawnRun[],
	secondAxis: SecondAxis | null,
): () => void {
	let zoomed = false;
	const points = { size: 8, fill: token("--card"), stroke: token("--foreground"), width: 1.5 };
	const chart = new uPlot(
		{
			width: Math.max(200, element.clientWidth),
			height: HEIGHT,
			legend: { show: false },
			cursor: { y: false, points: { size: 6 } },
			scales: {
				x: {
					time: false,
					range: (_u, min, max) => (zoomed ? [min, max] : [0, Math.max(1, max ?? 0, useRun.getState().totalSteps)]),
				},
			},
			axes: [
				...lossAxes(),
				...(secondAxis === null
					? []
					: [
							{
								...plainAxis(),
								scale: "secondAxis",
								side: 1 as const,
								size: 52,
								grid: { show: false },
								values: (_u: uPlot, ticks: number[]) => ticks.map((n) => plainNumber(Number(n.toPrecision(3)))),
							},
						]),
			],
			series: [
				{},
				{ stroke: token("--primary-faint"), width: 1, points: { show: false } },
				{ stroke: token("--primary"), width: 2, points: { show: false } },
				{ stroke: token("--foreground"), width: 1, dash: [3, 4], spanGaps: true, points: { show: true, ...points } },
				...drawn.map((_, i) => ({
					stroke: token(`--drawn-${i + 1}`),
					width: 1.5,
					dash: DASHES[i],
					spanGaps: true,
					points: { show: false },
				})),
				...(secondAxis === null
					? []
					: [
							{
								scale: "secondAxis",
								stroke: token("--warning"),
								width: 1.5,
								dash: [1, 3],
								spanGaps: true,
								points: { show: false },
							},
						]),
			],
			hooks: {
				draw: [markBest],
				setSelect: [
					(u) => {
						if (u.select.width > 0) zoomed = true;
					},
				],
				setCursor: [
					(u) =>
						say(
							describePoint(
								u,
								t,
								[...drawn.map(({ name }) => name), ...(secondAxis === null ? [] : [t(`chart.${secondAxis}`)])],
								secondAxis,
							),
						),
				],
			},
		},
		[[], [], [], [], ...drawn.map(() => []), ...(secondAxis === null ? [] : [[]])],
		element,
	);
	const seeAll = () => {
		zoomed = false;
		painted = -1;
	};
	chart.over.addEventListener("dblclick", seeAll);

	let painted = -1;
	let of = currentSeries();
	const draw = () => {
		const series = currentSeries();
		if (series !== of) zoomed = false;
		if (series === of && series.version === painted) return;
		of = series;
		painted = series.version;
		const frame = series.frame(Math.max(400, 2 * chart.width));
		const own: uPlot.AlignedData = [frame.x, frame.raw, frame.smooth, frame.heldOut];
		const others = drawn.map(({ x, smooth }): uPlot.AlignedData => [x, smooth]);
		if (secondAxis !== null) others.push([frame.x, frame[secondAxis]]);
		chart.setData(others.length === 0 ? own : uPlot.join([own, ...others]), !zoomed);
		if (zoomed) chart.redraw();
	};
	return keepDrawn(chart, element, { draw, period: PERIOD, height: HEIGHT });
}

/** A vertical line with a star at the step of the best evaluation. */
function markBest(u: uPlot): void {
	const { best } = currentSeries();
	if (best === null) return;
	const { ctx, bbox } = u;
	const x = Math.round(u.valToPos(best, "x", true));
	if (x < bbox.left || x > bbox.left + bbox.width) return;
	const size = devicePixelRatio;
	ctx.save();
	ctx.strokeStyle = token("--foreground");
	ctx.fillStyle = token("--foreground");
	ctx.lineWidth = size;
	ctx.setLineDash([2 * size, 4 * size]);
	ctx.beginPath();
	ctx.moveTo(x, bbox.top + 14 * size);
	ctx.lineTo(x, bbox.top + bbox.height);
	ctx.stroke();
	ctx.font = `${13 * size}px sans-serif`;
	ctx.textAlign = "center";
	ctx.fillText("★", x, bbox.top + 11 * size);
	ctx.restore();
}

/** The text for the point under the cursor, or the hint when there is none. */
function describePoint(u: uPlot, t: Translate, others: readonly string[], secondAxis: SecondAxis | null): string {
	const i = u.cursor.idx;
	if (i === null || i === undefined || u.data[0][i] === undefined) return "";
	const parts = [`${t("chart.step")} ${u.data[0][i]}`];
	const names = [t("chart.raw"), t("chart.smooth"), t("chart.heldOut"), ...others];
	names.forEach((name, k) => {
		const value = u.data[k + 1][i];
		const written =
			secondAxis !== null && k === names.length - 1 ? (v: number) => plainNumber(Number(v.toPrecision(3))) : loss;
		if (value !== null && value !== undefined) parts.push(`${name} ${written(value)}`);
	});
	return parts.join(" · ");
}
