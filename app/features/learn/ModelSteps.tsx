// The steps that train, measure and cut an adapter of the loaded model, using the panels of other tabs.

import { useEffect, useState } from "react";
import type { ErrorInfo, MethodSpeed } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { NumberField } from "../../ui/NumberField.tsx";
import { ComparePanel } from "../compare/ComparePanel.tsx";
import { useData } from "../data/store.ts";
import { useEngine } from "../model/store.ts";
import { endCut, openSpectrum } from "../rank-lab/actions.ts";
import { RankCutter } from "../rank-lab/RankCutter.tsx";
import { RankSpectrum } from "../rank-lab/RankSpectrum.tsx";
import { useRank } from "../rank-lab/store.ts";
import { RunPanel } from "../run/RunPanel.tsx";
import { isBusy, useRun } from "../run/store.ts";
import { editField, useSettings } from "../settings/store.ts";
import { RankSetting } from "./RankSetting.tsx";
import { useLearn } from "./store.ts";
import { learnTexts } from "./texts.ts";

const MOST_STEPS = 60;

export function TrainStep() {
	const w = useT(learnTexts);
	const steps = useSettings((s) => s.settings.max_steps);
	const busy = useRun((s) => isBusy(s.state));
	const name = useData((s) => s.source?.name ?? null);
	return (
		<>
			<p>{w("train1")}</p>
			{name !== null && <p className="text-muted-foreground">{w("trainSet", { name })}</p>}
			<RankSetting disabled={busy} />
			<NumberField
				label={w("trainSteps")}
				value={steps}
				min={1}
				max={MOST_STEPS}
				integer
				disabled={busy}
				onChange={(n) => editField("max_steps", String(n))}
			/>
			<RunPanel />
			<p className="help">{w("train2")}</p>
		</>
	);
}

export function MergeStep() {
	const w = useT(learnTexts);
	const adapter = useEngine((s) => s.adapter);
	return (
		<>
			<p>{w("merge1")}</p>
			{adapter === null ? (
				<p className="help">{w("mergeNone")}</p>
			) : (
				<>
					<p>{w("merge2")}</p>
					<Speeds key={adapter.name} />
					<ComparePanel />
				</>
			)}
		</>
	);
}

/** Measures the time per token without the adapter, with it unmerged, and merged; on request. */
function Speeds() {
	const w = useT(learnTexts);
	const api = useEngine((s) => s.api);
	const busy = useRun((s) => isBusy(s.state));
	const [speed, setSpeed] = useState<MethodSpeed | null>(null);
	const [error, setError] = useState<ErrorInfo | null>(null);
	const [measuring, setMeasuring] = useState(false);
	const measure = async () => {
		if (api === null) return;
		setMeasuring(true);
		setError(null);
		try {
			setSpeed(await api.measureAdapter());
		} catch (thrown) {
			setError(toErrorInfo(thrown));
		}
		setMeasuring(false);
	};
	const rows =
		speed === null
			? []
			: ([
					["mergeBase", speed.base],
					["mergeBeside", speed.unmerged],
					["mergeMerged", speed.merged],
				] as const);
	return (
		<div aria-live="polite" aria-busy={measuring}>
			<Button disabled={measuring || busy} onClick={() => void measure()}>
				{w(measuring ? "mergeMeasuring" : "mergeMeasure")}
			</Button>
			{error !== null && <ErrorNote error={error} actions={[]} />}
			{speed !== null && (
				<>
					<dl className="grid max-w-105 gap-1 [&>div]:flex [&>div]:justify-between [&>div]:gap-4 [&>div]:border-b [&>div]:py-1">
						{rows.map(([name, ms]) => (
							<div key={name}>
								<dt>{w(name)}</dt>
								<dd className="num">{ms === null ? w("mergeNot") : w("mergeUnit", { ms: ms.toFixed(1) })}</dd>
							</div>
						))}
					</dl>
					<p className="num">{w("mergeSwitch", { ms: speed.switchMilliseconds.toFixed(1) })}</p>
				</>
			)}
		</div>
	);
}

export function EnoughStep() {
	const w = useT(learnTexts);
	const ready = useEngine((s) => s.phase === "ready");
	const adapter = useEngine((s) => s.adapter);
	const busy = useRun((s) => isBusy(s.state));
	const error = useRank((s) => s.error);
	useEffect(() => {
		if (ready && !busy && adapter?.r != null) void openSpectrum();
	}, [ready, busy, adapter]);
	// The other tabs use the full adapter.
	useEffect(() => () => void endCut(), []);
	return (
		<>
			<p>{w("enough1")}</p>
			{adapter === null || adapter.r === null ? (
				<p className="help">{w(adapter === null ? "enoughNone" : "enoughNoLora")}</p>
			) : error !== null ? (
				<ErrorNote error={error} actions={[]} />
			) : (
				<>
					<RankSpectrum />
					<RankCutter />
				</>
			)}
			<p>{w("enough2")}</p>
			<Button className="justify-self-start" onClick={() => useLearn.setState({ step: 1, picture: "noise", rank: 1 })}>
				{w("enoughNoise")}
			</Button>
		</>
	);
}
