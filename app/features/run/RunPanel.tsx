// The run: loss chart, status line, buttons, the latest sample answer, skipped steps and warnings.

import { useState } from "react";
import { shortDevice } from "../../../src/shared/device-name.ts";
import { LossChart } from "../../charts/LossChart.tsx";
import { LossTable } from "../../charts/LossTable.tsx";
import { useEngineText } from "../../i18n/engine-text.ts";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Filmstrip } from "../../ui/Filmstrip.tsx";
import { Input } from "../../ui/Input.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { downloadAdapter } from "../export/actions.ts";
import { useEngine } from "../model/store.ts";
import { GpuLost } from "../workspace/GpuLost.tsx";
import { askNotification, pauseRun, resumeRun, startRun, stopRun } from "./actions.ts";
import { RunOffer } from "./RunsPanel.tsx";
import { StatusLine } from "./StatusLine.tsx";
import { isBusy, useRun } from "./store.ts";
import { useStartBlocker } from "./useStartBlocker.ts";

export function RunPanel() {
	const t = useT();
	return (
		<Panel aria-label={t("run.title")}>
			<h2 className="sr-only">{t("run.title")}</h2>
			<RunOffer />
			<LossChart />
			<LossTable />
			<div className="grid gap-2">
				<StatusLine />
				<Controls />
			</div>
			<GpuLost />
			<RunError />
			<StorageNotice />
			<ContinuedNotice />
			<Result />
			<LatestSample />
			<Notes />
		</Panel>
	);
}

const Awake = lazyView(
	async () => (await import("./Awake.tsx")).Awake,
	() => null,
);

const RunResult = lazyView(
	async () => (await import("./RunResult.tsx")).RunResult,
	() => null,
);

/** Its space is reserved from Start on, so that nothing moves when the run ends. */
function Result() {
	const state = useRun((s) => s.state);
	if (state === "idle") return null;
	return <div className="min-h-17">{!isBusy(state) && <RunResult />}</div>;
}

function Controls() {
	const t = useT();
	const state = useRun((s) => s.state);
	const stopping = useRun((s) => s.stopping);
	const hasAdapter = useEngine((s) => s.adapter !== null);
	const device = useEngine((s) => s.device);
	const [fromAdapter, setFromAdapter] = useState(false);
	const blocker = useStartBlocker();
	const busy = isBusy(state);
	const pausing = busy && state !== "paused";
	const waits = state === "preparing" || stopping;
	// One button for all three, and never `disabled` while a run is prepared: it keeps the keyboard's focus.
	const press = () => {
		if (state === "paused") void resumeRun();
		else if (!busy) void startRun(fromAdapter && hasAdapter);
		else if (!waits) void pauseRun();
	};
	return (
		<div className="flex flex-wrap items-center gap-2">
			<Button
				key="main"
				kind={pausing ? "plain" : "primary"}
				disabled={!busy && blocker !== null}
				aria-disabled={pausing && waits ? true : undefined}
				onClick={press}
			>
				{t(state === "paused" ? "run.resume" : busy ? "run.pause" : "run.start")}
			</Button>
			{busy && (
				<>
					<Button disabled={waits} onClick={() => void stopRun()}>
						{t("run.stop")}
					</Button>
					<Notify />
					{pausing && <Awake />}
				</>
			)}
			{!busy && hasAdapter && (
				<label className="flex items-center gap-2 text-sm">
					<Input type="checkbox" checked={fromAdapter} onChange={(event) => setFromAdapter(event.target.checked)} />
					{t("run.continue")}
				</label>
			)}
			{!busy && device?.software === true && (
				<p className="help flex-[1_1_200px]">{t("note.software", { device: shortDevice(device) })}</p>
			)}
		</div>
	);
}

/** A desktop notification at the end, on request; the browser asks for permission once. */
function Notify() {
	const t = useT();
	const notify = useRun((s) => s.notify);
	if (!("Notification" in window) || Notification.permission === "denied") return null;
	return (
		<label className="flex items-center gap-2 text-sm">
			<Input type="checkbox" checked={notify} onChange={(event) => void askNotification(event.target.checked)} />
			{t("run.notify")}
		</label>
	);
}

function RunError() {
	const error = useRun((s) => s.error);
	const phase = useEngine((s) => s.phase);
	// A crash is reported at the top of the page, a lost GPU by GpuLost.
	if (error === null || phase === "crashed" || (error.code === "device-lost" && phase !== "ready")) return null;
	return (
		<ErrorNote
			error={error}
			actions={[
				{ label: "error.retry", run: () => void startRun(false) },
				{ label: "error.dismiss", run: () => useRun.setState({ error: null }) },
			]}
		/>
	);
}

/** The run is not stored on this device: why, and the adapter to download once the run has ended. */
function StorageNotice() {
	const t = useT();
	const said = useEngineText();
	const problem = useRun((s) => s.storageProblem);
	const busy = useRun((s) => isBusy(s.state));
	const has = useEngine((s) => s.adapter !== null);
	if (problem === null) return null;
	return (
		<Notice role="alert">
			<p>{t(busy ? "run.notStored" : "run.notStoredEnd", { reason: said(problem) })}</p>
			{!busy && has && (
				<div>
					<Button onClick={() => void downloadAdapter()}>{t("run.downloadNow")}</Button>
				</div>
			)}
		</Notice>
	);
}

/** The run continued by itself after the GPU was lost. */
function ContinuedNotice() {
	const t = useT();
	const continued = useRun((s) => s.continued);
	if (continued === null) return null;
	return (
		<Notice role="note">
			<p>{t(continued.from === 0 ? "run.startedAgain" : "run.continued", continued)}</p>
		</Notice>
	);
}

function LatestSample() {
	const t = useT();
	const sample = useRun((s) => s.samples.at(-1));
	const busy = useRun((s) => isBusy(s.state));
	if (sample === undefined && !busy) return null;
	// The space is reserved from the start of the run, so that nothing moves when the first answer arrives.
	return (
		<figure className="grid gap-1 border-t pt-3 [&>blockquote]:h-25 [&>blockquote]:overflow-y-auto [&>blockquote]:wrap-anywhere [&>blockquote]:whitespace-pre-wrap [&>figcaption]:text-xs [&>figcaption]:text-muted-foreground">
			<figcaption>
				{t("run.sample")}
				{sample !== undefined && (
					<span className="num whitespace-nowrap"> · {t("run.sampleAt", { step: sample.step })}</span>
				)}
				<span dir="auto" className="block text-sm text-muted-foreground">
					{sample?.prompt ?? t("run.sampleNone")}
				</span>
			</figcaption>
			<blockquote dir="auto">
				{sample === undefined || sample.text !== "" ? sample?.text : t("compare.nothing")}
			</blockquote>
			<Answers />
		</figure>
	);
}

/** All answers so far, collapsed. */
function Answers() {
	const t = useT();
	const samples = useRun((s) => s.samples);
	if (samples.length < 2) return null;
	return (
		<Collapsible line={t("run.filmstrip", { n: samples.length })}>
			<Filmstrip samples={samples} />
		</Collapsible>
	);
}

function Notes() {
	const t = useT();
	const said = useEngineText();
	const notes = useRun((s) => s.notes);
	if (notes.length === 0) return null;
	return (
		<Collapsible line={t("run.notes", { n: notes.length })}>
			<ul className="grid gap-1 text-xs">
				{notes.slice(-50).map((note) => (
					<li key={`${note.step} ${JSON.stringify(note.text)}`}>
						{note.step === null ? said(note.text) : t("run.skippedAt", { step: note.step, reason: said(note.text) })}
					</li>
				))}
			</ul>
		</Collapsible>
	);
}
