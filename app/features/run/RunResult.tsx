// Below the status line once a run has ended: which run it is, the verdict on its fit, its rows and settings. Loaded with the
// first run.

import { useState } from "react";
import type { ErrorInfo, RunRecord } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { useT } from "../../i18n/index.ts";
import { dateTime, loss } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { useUi } from "../workspace/store.ts";
import { fitOf } from "./fit.ts";
import { RunContents } from "./RunContents.tsx";
import { resultTexts } from "./result-texts.ts";
import { useRunInMemory } from "./run-list.ts";
import { selectWeights } from "./select-weights.ts";
import { currentSeries, useRun } from "./store.ts";

export function RunResult() {
	const w = useT(resultTexts);
	const lang = useUi((s) => s.lang);
	const opened = useRun((s) => s.opened);
	const inMemory = useRunInMemory();
	const run = opened ?? inMemory;
	return (
		<div className="grid gap-2">
			{opened !== null && (
				<p className="help wrap-anywhere">{w("opened", { name: opened.name, when: dateTime(opened.created, lang) })}</p>
			)}
			<Verdict />
			<Weights />
			{run !== null && <Contents key={run.id} run={run} />}
		</div>
	);
}

/** Its rows are read once they are shown. */
function Contents({ run }: { run: RunRecord }) {
	const w = useT(resultTexts);
	const [shown, setShown] = useState(false);
	return (
		<Collapsible line={w("contents")} onToggle={({ currentTarget }) => setShown(currentTarget.open)}>
			{shown && <RunContents run={run} />}
		</Collapsible>
	);
}

/** One sentence about the fit, with both losses. */
function Verdict() {
	const w = useT(resultTexts);
	useRun((s) => s.summary);
	const fit = fitOf(currentSeries());
	if (fit === null) return null;
	const { kind, bestStep } = fit;
	const [trainFirst, train, first, best, last] = [fit.trainFirst, fit.train, fit.first, fit.best, fit.last].map(loss);
	return <p>{w(kind, { trainFirst, train, first, best, bestStep, last })}</p>;
}

/** How the run ended, and which of its weights are in memory, with a button for the others. */
function Weights() {
	const w = useT(resultTexts);
	const [error, setError] = useState<ErrorInfo | null>(null);
	const summary = useRun((s) => s.summary);
	const totalSteps = useRun((s) => s.totalSteps);
	const opened = useRun((s) => s.opened);
	if (summary?.best === undefined) return null;
	const { best, steps, loadedStep, stoppedEarly } = summary;
	const step = loadedStep ?? steps;
	const isBest = step === best.best_global_step;
	const isLast = step === steps;
	const other = isBest ? "last" : "best";
	return (
		<div className="grid justify-items-start gap-1">
			<p>
				{stoppedEarly === true && `${w("stoppedEarly", { step: steps, total: totalSteps })} `}
				{w("best", { metric: best.metric, value: loss(best.best_metric), step: best.best_global_step })}{" "}
				{w(isBest ? "bestLoaded" : "lastLoaded", { step })}
			</p>
			{opened === null && !(isBest && isLast) && (
				<Button onClick={() => void selectWeights(other).catch((thrown) => setError(toErrorInfo(thrown)))}>
					{w(other === "last" ? "useLast" : "useBest", { step: isBest ? steps : best.best_global_step })}
				</Button>
			)}
			{error !== null && <ErrorNote error={error} />}
		</div>
	);
}
