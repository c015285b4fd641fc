// Below the status line once a run has ended: which run it is, the verdict on its fit, its rows and settings.

import { useT } from "../../i18n/index.ts";
import { dateTime, loss } from "../../lib/format.ts";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { useUi } from "../workspace/store.ts";
import { fitOf } from "./fit.ts";
import { useRunInMemory } from "./run-list.ts";
import { currentSeries, isBusy, useRun } from "./store.ts";

const RunContents = lazyView(
	async () => (await import("./RunContents.tsx")).RunContents,
	() => null,
);

export function RunResult() {
	const t = useT();
	const lang = useUi((s) => s.lang);
	const state = useRun((s) => s.state);
	const opened = useRun((s) => s.opened);
	const inMemory = useRunInMemory();
	if (state === "idle") return null;
	// Its space is reserved from Start on, so that nothing moves when the run ends.
	if (isBusy(state)) return <div className="min-h-17" />;
	const run = opened ?? inMemory;
	return (
		<div className="grid min-h-17 content-start gap-2">
			{opened !== null && (
				<p className="help wrap-anywhere">
					{t("run.opened", { name: opened.name, when: dateTime(opened.created, lang) })}
				</p>
			)}
			<Verdict />
			{run !== null && (
				<Collapsible line={t("run.contents")}>
					<RunContents key={run.id} run={run} />
				</Collapsible>
			)}
		</div>
	);
}

/** One sentence about the fit, with both losses. */
function Verdict() {
	const t = useT();
	useRun((s) => s.summary);
	const fit = fitOf(currentSeries());
	if (fit === null) return null;
	const { kind, bestStep } = fit;
	const [trainFirst, train, first, best, last] = [fit.trainFirst, fit.train, fit.first, fit.best, fit.last].map(loss);
	return <p>{t(`fit.${kind}`, { trainFirst, train, first, best, bestStep, last })}</p>;
}
