// The table of runs kept on this device, the settings in which plotted runs differ, and the offer to resume an
// interrupted run.
import { Fragment, useState } from "react";
import type { RunRecord } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { methodsOf, plainNumber } from "../../../src/shared/setting-values.ts";
import { useT } from "../../i18n/index.ts";
import { dateTime, loss } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Input } from "../../ui/Input.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Table } from "../../ui/Table.tsx";
import { useEngine } from "../model/store.ts";
import { useUi } from "../workspace/store.ts";
import { RunDetails } from "./RunDetails.tsx";
import { adoptSettingsOf, changeRun, openRun, removeRun, resumeFrom, sortBy, toggleDrawn } from "./runs-actions.ts";
import {
	canResume,
	firstHeldOut,
	isUnkept,
	lastHeldOut,
	ownRuns,
	type SortKey,
	settingsDiff,
	tableRows,
	useRuns,
} from "./runs-store.ts";
import { isBusy, useRun } from "./store.ts";
import { UndoDelete } from "./UndoDelete.tsx";

/** The line style of a plotted run, beside its name. */
const KEY = "key ml-1 inline-block w-3.5 border-t-2 border-current align-middle";

export function RunsPanel() {
	const t = useT();
	const available = useRuns((s) => s.available);
	const used = useRuns((s) => s.usedBytes);
	const error = useRuns((s) => s.error);
	const any = useRuns((s) => ownRuns(s.records).length > 0);
	return (
		<Panel aria-label={t("runs.title")}>
			<h2>
				{t("runs.title")}{" "}
				{any && <span className="help num font-normal">{t("runs.used", { size: formatBytes(used) })}</span>}
			</h2>
			{error !== null && (
				<ErrorNote error={error} actions={[{ label: "error.dismiss", run: () => useRuns.setState({ error: null }) }]} />
			)}
			<UndoDelete />
			{available === false && <p className="help">{t("runs.refused")}</p>}
			{available !== false && !any && <p className="help">{t("runs.empty")}</p>}
			{any && <Rows />}
			<Differences />
		</Panel>
	);
}

const COLUMNS = [
	["name", "runs.name"],
	["created", "runs.when"],
	["r", "runs.rank"],
	["learning_rate", "runs.rate"],
	["steps", "runs.steps"],
	["heldOut", "runs.heldOut"],
] as const satisfies readonly (readonly [SortKey, string])[];

function Rows() {
	const t = useT();
	const records = useRuns((s) => s.records);
	const sort = useRuns((s) => s.sort);
	const [opened, setOpened] = useState<string | null>(null);
	return (
		<Table>
			<thead>
				<tr>
					<th scope="col">{t("runs.draw")}</th>
					{COLUMNS.map(([key, label]) => (
						<th
							key={key}
							scope="col"
							aria-sort={sort.key !== key ? "none" : sort.descending ? "descending" : "ascending"}
						>
							<button type="button" className="hover:text-foreground" onClick={() => sortBy(key)}>
								{t(label)}
								<span aria-hidden="true">{sort.key === key ? (sort.descending ? " ↓" : " ↑") : ""}</span>
							</button>
						</th>
					))}
					<th scope="col">{t("runs.state")}</th>
					<th scope="col">{t("runs.actions")}</th>
				</tr>
			</thead>
			<tbody>
				{tableRows({ records, sort }).map((run) => (
					<Fragment key={run.id}>
						<Row run={run} opened={opened === run.id} onMore={() => setOpened(opened === run.id ? null : run.id)} />
						{opened === run.id && (
							<tr>
								<td colSpan={9}>
									<RunDetails run={run} onChange={(patch) => void changeRun(run.id, patch)} />
								</td>
							</tr>
						)}
					</Fragment>
				))}
			</tbody>
		</Table>
	);
}

function Row({ run, opened, onMore }: { run: RunRecord; opened: boolean; onMore(): void }) {
	const t = useT();
	const lang = useUi((s) => s.lang);
	const drawn = useRuns((s) => s.drawn.indexOf(run.id));
	const busy = useRun((s) => isBusy(s.state));
	const ready = useEngine((s) => s.phase === "ready");
	const { name } = run;
	const [first, last] = [firstHeldOut(run), lastHeldOut(run)];
	const heldOut =
		run.evals.length < 2 ? loss(last ?? Number.NaN) : `${loss(first ?? Number.NaN)} → ${loss(last ?? Number.NaN)}`;
	const state = t(`runs.state.${run.state}`);
	const locked = busy || !ready;
	return (
		<tr>
			<td>
				<Input
					type="checkbox"
					aria-label={t("runs.drawRun", { name })}
					checked={drawn >= 0}
					onChange={() => toggleDrawn(run.id)}
				/>
				{drawn >= 0 && <span className={`${KEY} drawn-${drawn + 1}`} aria-hidden="true" />}
			</td>
			<th scope="row">
				{name} {run.tags.length > 0 && <span className="help">{run.tags.join(", ")}</span>}
			</th>
			<td className="num">{dateTime(run.created, lang)}</td>
			<td className="num">{methodsOf(run.settings).includes("lora") ? run.settings.r : "—"}</td>
			<td className="num">{plainNumber(run.settings.learning_rate)}</td>
			<td className="num">
				{run.steps.length}/{run.totalSteps}
			</td>
			<td className="num">{heldOut}</td>
			<td>{isUnkept(run) ? t("runs.unkept", { state }) : state}</td>
			<td className="whitespace-nowrap *:not-first:ml-1">
				{canResume(run) && (
					<Button
						disabled={locked}
						title={t(run.checkpoint === null ? "runs.startHelp" : "runs.resumeHelp", {
							step: run.checkpoint ?? 0,
							total: run.totalSteps,
						})}
						onClick={() => void resumeFrom(run)}
					>
						{t("runs.resume")}
					</Button>
				)}
				<Button
					disabled={locked || run.checkpoint === null}
					title={t("runs.openHelp")}
					onClick={() => void openRun(run)}
				>
					{t("runs.open")}
				</Button>
				<Button disabled={locked} onClick={() => adoptSettingsOf(run)}>
					{t("runs.settings")}
				</Button>
				<Button disabled={run.state === "running"} onClick={() => void removeRun(run)}>
					{t("runs.delete")}
				</Button>
				<Button kind="quiet" aria-expanded={opened} aria-label={t("runs.more", { name })} onClick={onMore}>
					…
				</Button>
			</td>
		</tr>
	);
}

function Differences() {
	const t = useT();
	const records = useRuns((s) => s.records);
	const drawn = useRuns((s) => s.drawn);
	const runs = drawn.flatMap((id) => records.filter((run) => run.id === id));
	if (runs.length < 2) return null;
	const rows = settingsDiff(runs);
	if (rows.length === 0) return <p className="help">{t("runs.same")}</p>;
	return (
		<Table>
			<caption>{t("runs.diff")}</caption>
			<thead>
				<tr>
					<th scope="col">{t("runs.setting")}</th>
					{runs.map((run, i) => (
						<th key={run.id} scope="col">
							<span className={`${KEY} drawn-${i + 1}`} aria-hidden="true" /> {run.name}
						</th>
					))}
				</tr>
			</thead>
			<tbody>
				{rows.map(({ name, values }) => (
					<tr key={name}>
						<th scope="row">
							<code>{name}</code>
						</th>
						{values.map((value, i) => (
							<td key={runs[i].id} className="num">
								{value}
							</td>
						))}
					</tr>
				))}
			</tbody>
		</Table>
	);
}

/** Offers to resume an interrupted run. */
export function RunOffer() {
	const t = useT();
	const run = useRuns((s) => s.offered);
	const busy = useRun((s) => isBusy(s.state));
	const ready = useEngine((s) => s.phase === "ready");
	if (run === null || busy || !ready) return null;
	return (
		<Notice role="alert">
			<p>
				{run.checkpoint === null
					? t("runs.offerStart", { name: run.name })
					: t("runs.offer", { name: run.name, step: run.checkpoint, total: run.totalSteps })}
			</p>
			<div className="flex flex-wrap items-center gap-2">
				<Button kind="plain" onClick={() => void resumeFrom(run)}>
					{t("runs.resume")}
				</Button>
				{run.checkpoint !== null && <Button onClick={() => void openRun(run)}>{t("runs.keepAdapter")}</Button>}
				<Button kind="quiet" onClick={() => useRuns.setState({ offered: null })}>
					{t("runs.dismiss")}
				</Button>
			</div>
		</Notice>
	);
}
