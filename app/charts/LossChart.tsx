// The loss chart: its legend and switches, and the plot (LossPlot.tsx), whose code loads once the page is idle or a run starts.

import { cx } from "class-variance-authority";
import { useEffect, useMemo, useRef, useState } from "react";
import { useShallow } from "zustand/react/shallow";
import type { RunSettings } from "../../src/engine/api.ts";
import { useEngine } from "../features/model/store.ts";
import { useRuns } from "../features/run/runs-store.ts";
import { RunSeries } from "../features/run/series.ts";
import { useRun } from "../features/run/store.ts";
import { useT } from "../i18n/index.ts";
import { lazyView } from "../ui/lazy-view.tsx";
import type { DrawnRun, SecondAxis } from "./LossPlot.tsx";

const LossPlot = lazyView(async () => (await import("./LossPlot.tsx")).LossPlot, EmptyPlot);

/** Milliseconds after Start is enabled at which the plot is prepared, so that a run that starts later has no long task. */
const PLOT_DELAY = 2000;

const BESIDE: readonly SecondAxis[] = ["gradNorm", "learningRate"];

/** Whether the run scores its answers. */
const isScored = ({ settings }: { readonly settings: RunSettings | null }): boolean =>
	settings !== null && (settings.score_metric !== "none" || settings.metric_for_best_model?.endsWith("score") === true);

export function LossChart() {
	const t = useT();
	const scored = useRun(isScored);
	const started = useRun((s) => s.state !== "idle");
	const drawn = useDrawn();
	const [secondAxis, setSecondAxis] = useState<SecondAxis | null>(null);
	const empty = !started && drawn.length === 0;
	const prepared = useReadyFor(PLOT_DELAY);
	const readout = useRef<HTMLParagraphElement>(null);

	return (
		<figure className="relative min-w-0" aria-label={t("chart.label")}>
			<figcaption className="flex min-h-6 flex-wrap justify-between gap-x-4 gap-y-1 text-xs text-muted-foreground">
				<ul className="flex flex-wrap items-center gap-x-4 gap-y-1">
					<li className="legend-line raw flex items-center gap-1.5">{t("chart.raw")}</li>
					<li className="legend-line smooth flex items-center gap-1.5">{t("chart.smooth")}</li>
					<li className="legend-line held-out flex items-center gap-1.5">{t("chart.heldOut")}</li>
					{drawn.map(({ id, name }, i) => (
						<li key={id} className={`legend-line drawn-${i + 1} flex items-center gap-1.5`}>
							{name}
						</li>
					))}
					{[...BESIDE, ...(scored ? (["score"] as const) : [])].map((name) => (
						<li
							key={name}
							className={cx("legend-line flex items-center gap-1.5", secondAxis === name ? "second-axis" : "off")}
						>
							<button
								type="button"
								className="min-h-6 underline decoration-input decoration-dotted hover:text-foreground aria-pressed:no-underline"
								aria-pressed={secondAxis === name}
								onClick={() => setSecondAxis(secondAxis === name ? null : name)}
							>
								{t(`chart.${name}`)}
							</button>
						</li>
					))}
				</ul>
				<p ref={readout} className="num text-muted-foreground" aria-hidden="true" />
			</figcaption>
			{empty && !prepared ? (
				<EmptyPlot />
			) : (
				<div className={cx(empty && "invisible")}>
					<LossPlot readout={readout} drawn={drawn} secondAxis={secondAxis} />
				</div>
			)}
			{empty && <p className="help absolute inset-x-11 top-24 text-center">{t("chart.empty")}</p>}
		</figure>
	);
}

/** Whether the engine has been ready for some milliseconds. */
function useReadyFor(delay: number): boolean {
	const ready = useEngine((s) => s.phase === "ready");
	const [passed, setPassed] = useState(false);
	useEffect(() => {
		if (!ready) return;
		const timer = setTimeout(() => setPassed(true), delay);
		return () => clearTimeout(timer);
	}, [ready, delay]);
	return passed;
}

/** The space that the plot fills. */
function EmptyPlot() {
	return <div className="h-55" aria-hidden="true" />;
}

function useDrawn(): DrawnRun[] {
	// Records are read again when a run ends; the chart is rebuilt only if a plotted record changed.
	const records = useRuns(useShallow((s) => s.drawn.flatMap((id) => s.records.find((run) => run.id === id) ?? [])));
	return useMemo(
		() =>
			records.map(({ id, name, steps }) => {
				const series = new RunSeries();
				for (const step of steps) series.pushStep(step.step, step.loss, step.grad_norm, step.learning_rate);
				const { x, smooth } = series.frame();
				return { id, name, x, smooth };
			}),
		[records],
	);
}
