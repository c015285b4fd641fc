// What plots of losses over steps share: their axes, dashes and colours from the page's tokens, and how they are kept drawn
// and sized. LossChart.tsx and RaceChart.tsx say what is in them.
import { type RefObject, useEffect, useRef } from "react";
import type uPlot from "uplot";
import { useUi } from "../features/workspace/store.ts";
import { loss } from "../lib/format.ts";

/** Curves are told apart by dashes as well as by colour. */
export const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

/** Builds a chart in the element and keeps it fed; returns what takes it down. @param say shows words beside the chart */
type Mount = (element: HTMLDivElement, say: (text: string) => void) => () => void;

/**
 * Mounts a chart that paints by itself, anew when the theme or what it depends on changes.
 * @param mount which may be another function only where `of` differs
 */
export function useMounted(
	mount: Mount,
	of: unknown,
): { host: RefObject<HTMLDivElement | null>; readout: RefObject<HTMLParagraphElement | null> } {
	const theme = useUi((s) => s.theme);
	const host = useRef<HTMLDivElement>(null);
	const readout = useRef<HTMLParagraphElement>(null);
	// biome-ignore lint/correctness/useExhaustiveDependencies: `of` stands for what `mount` closes over
	useEffect(() => {
		const element = host.current;
		if (element === null) return;
		// A new theme means new colours: the chart is built anew with them.
		element.dataset.theme = theme;
		return mount(element, (text) => {
			if (readout.current !== null) readout.current.textContent = text;
		});
	}, [theme, of]);
	return { host, readout };
}

/** A colour of the page's tokens: "--primary". */
export function token(name: string): string {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** How every axis looks. */
export function plainAxis() {
	return {
		stroke: token("--muted-foreground"),
		grid: { stroke: token("--border"), width: 1 },
		ticks: { show: false },
		font: `11px ${token("--font-mono")}`,
	};
}

/** Steps below, losses at the left. */
export function lossAxes(): uPlot.Axis[] {
	const axis = plainAxis();
	return [
		{ ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000] },
		{ ...axis, size: 44, values: (_u, ticks) => ticks.map(loss) },
	];
}

/** Draws now, then every `period` milliseconds, as wide as `element` is. @returns what ends it, chart and all */
export function keepDrawn(
	chart: uPlot,
	element: HTMLElement,
	{ draw, period, height }: { draw: () => void; period: number; height: number },
): () => void {
	draw();
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
