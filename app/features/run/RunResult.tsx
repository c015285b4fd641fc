// Below the status line once a run has ended: which run it is, the verdict on its fit, its rows and settings. Loaded with the
// first run.

import { useState } from "react";
import type { RunRecord } from "../../../src/engine/api.ts";
import { useT } from "../../i18n/index.ts";
import { dateTime, loss } from "../../lib/format.ts";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { useUi } from "../workspace/store.ts";
import { fitOf } from "./fit.ts";
import { RunContents } from "./RunContents.tsx";
import { resultTexts } from "./result-texts.ts";
import { useRunInMemory } from "./run-list.ts";
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
