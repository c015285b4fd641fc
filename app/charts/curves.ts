// Shared parts of charts of losses over steps: axes, dashes, colours from the theme, redrawing and resizing. The series
// themselves are in LossPlot.tsx and RaceChart.tsx.
import { type RefObject, useEffect, useRef } from "react";
import type uPlot from "uplot";
import { useUi } from "../features/workspace/store.ts";
import { loss } from "../lib/format.ts";

/** Curves are distinguished by dashes as well as by colour. */
export const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

/** Builds a chart in the element and updates it; returns a function that removes it. @param say shows text next to the chart */
type Mount = (element: HTMLDivElement, say: (text: string) => void) => () => void;

/**
 * Mounts a chart that redraws itself, and mounts it again when the theme or `of` changes.
 * @param mount may be another function only if `of` differs
 * @param readout is the element of the chart's text
 * @returns the ref of the chart's element
 */
export function useMounted(
	mount: Mount,
	of: unknown,
	readout: RefObject<HTMLParagraphElement | null>,
): RefObject<HTMLDivElement | null> {
	const theme = useUi((s) => s.theme);
	const host = useRef<HTMLDivElement>(null);
	// biome-ignore lint/correctness/useExhaustiveDependencies: `of` contains everything that `mount` closes over
	useEffect(() => {
		const element = host.current;
		if (element === null) return;
		// A new theme means new colours, so the chart is rebuilt.
		element.dataset.theme = theme;
		return mount(element, (text) => {
			if (readout.current !== null) readout.current.textContent = text;
		});
	}, [theme, of]);
	return host;
}

/** A colour of the theme by its CSS variable, such as "--primary". */
export function token(name: string): string {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The style of every axis. */
export function plainAxis() {
	return {
		stroke: token("--muted-foreground"),
		grid: { stroke: token("--border"), width: 1 },
		ticks: { show: false },
		font: `11px ${token("--font-mono")}`,
	};
}

/** Steps on the x axis, losses on the y axis. */
export function lossAxes(): uPlot.Axis[] {
	const axis = plainAxis();
	return [
		{ ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000] },
		{ ...axis, size: 44, values: (_u, ticks) => ticks.map(loss) },
	];
}

/** Draws now, then every `period` milliseconds, at the width of `element`. @returns a function that removes the chart */
export function keepDrawn(
	chart: uPlot,
	element: HTMLElement,
	{ draw, period, height }: { draw: () => void; period: number; height: number },
): () => void {
	draw();
	// A canvas loses its pixels with the GPU process.
	chart.ctx.canvas.addEventListener("contextrestored", () => chart.redraw());
	const timer = setInterval(draw, period);
	const resize = new ResizeObserver(([entry]) => {
		const width = Math.floor(entry.contentRect.width);
		if (width > 0 && width !== chart.width) chart.setSize({ width, height });
	});
	resize.observe(element);
	return () => {
		clearInterval(timer);
		resize.disconnect();
		chart.destroy();
	};
}
