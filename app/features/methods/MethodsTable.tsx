// The table of methods: one row per method with mean and deviation over its seeds, and links to its runs.
import { useState } from "react";
import type { MethodsTable as Compared, MethodRow, TableFormat } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { plainNumber } from "../../../src/shared/setting-values.ts";
import { useEngineText } from "../../i18n/engine-text.ts";
import { type Key, type Translate, useT } from "../../i18n/index.ts";
import { compact, loss, percent } from "../../lib/format.ts";
import { spread } from "../../lib/statistics.ts";
import { Button } from "../../ui/Button.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Table } from "../../ui/Table.tsx";
import { lengthText } from "../run/length-text.ts";
import { openRun } from "../run/runs-actions.ts";
import { useRuns } from "../run/runs-store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { downloadMethods } from "./actions.ts";
import { methodName } from "./method-names.ts";
import { useMethods } from "./store.ts";

const FORMATS: readonly [TableFormat, string][] = [
	["csv", "CSV"],
	["json", "JSON"],
	["markdown", "Markdown"],
];

interface Column {
	head: Extract<Key, `methods.col.${string}`>;
	cell(row: MethodRow, t: Translate): string;
}

const mean = (row: MethodRow, of: (run: MethodRow["runs"][number]) => number): number | null =>
	spread(row.runs.map(of))?.mean ?? null;
const shown = (value: number | null | undefined, form: (value: number) => string): string =>
	value === null || value === undefined ? "—" : form(value);
function signed(ratio: number): string {
	const rounded = Math.round(100 * ratio);
	return `${rounded < 0 ? "−" : rounded > 0 ? "+" : ""}${Math.abs(rounded)}%`;
}

const COLUMNS: readonly Column[] = [
	{ head: "methods.col.rate", cell: (row) => plainNumber(Number(row.learning_rate.toPrecision(3))) },
	{ head: "methods.col.trainable", cell: (row) => shown(row.cost?.trainableParameters, compact) },
	{ head: "methods.col.share", cell: (row) => shown(row.cost?.share, (share) => `${percent(share)}%`) },
	{ head: "methods.col.file", cell: (row) => shown(row.cost?.fileBytes, formatBytes) },
	{
		head: "methods.col.state",
		cell: ({ cost }) => shown(cost && cost.gradientBytes + cost.optimizerBytes, formatBytes),
	},
	{
		head: "methods.col.peak",
		cell: (row) =>
			`${shown(row.cost?.plannedPeakBytes, formatBytes)} / ${shown(
				mean(row, (run) => run.peakBytes),
				formatBytes,
			)}`,
	},
	{
		head: "methods.col.step",
		cell: (row) =>
			shown(
				mean(row, (run) => run.stepMilliseconds),
				(ms) => `${ms.toFixed(0)} ms`,
			),
	},
	{
		head: "methods.col.pace",
		cell: (row) =>
			shown(
				mean(row, (run) => run.tokensPerSecond),
				compact,
			),
	},
	{
		head: "methods.col.latency",
		cell: ({ speed }, t) =>
			speed === null
				? "—"
				: `${signed(speed.unmerged / speed.base - 1)} / ${
						speed.merged === null ? t("methods.notMerged") : signed(speed.merged / speed.base - 1)
					}`,
	},
	{ head: "methods.col.switch", cell: ({ speed }) => shown(speed?.switchMilliseconds, (ms) => `${ms.toFixed(1)} ms`) },
];

export function MethodsTable({ table }: { table: Compared }) {
	const t = useT();
	const kept = useMethods((s) => s.kept);
	return (
		<Panel aria-label={t("methods.choose")}>
			<Table className="[&_thead_th]:align-bottom [&_thead_th]:whitespace-normal">
				<caption>
					{t("methods.table", {
						model: table.model,
						data: table.data.train,
						length: lengthText(t, table.settings),
						device: table.device,
					})}
				</caption>
				<thead>
					<tr>
						<th scope="col">{t("methods.col.method")}</th>
						<th scope="col">{t("methods.col.loss")}</th>
						{COLUMNS.map(({ head }) => (
							<th key={head} scope="col">
								{t(head)}
							</th>
						))}
						<th scope="col">{t("methods.col.run")}</th>
					</tr>
				</thead>
				<tbody>
					{table.rows.map((row) => (
						<Row key={row.method} row={row} />
					))}
				</tbody>
			</Table>
			<p className="help">{t("methods.latencyHelp")}</p>
			<div className="flex flex-wrap items-center gap-2">
				<span className={kept ? "help" : "problem"}>{t(kept ? "methods.download" : "methods.notKept")}</span>
				{FORMATS.map(([format, name]) => (
					<Button key={format} onClick={() => void downloadMethods(format)}>
						{name}
					</Button>
				))}
			</div>
		</Panel>
	);
}

function Row({ row }: { row: MethodRow }) {
	const t = useT();
	const name = methodName(t, row.method);
	const [open, setOpen] = useState(false);
	return (
		<>
			<tr>
				<th scope="row">{name}</th>
				<td className="num">
					<HeldOut row={row} />
				</td>
				{COLUMNS.map(({ head, cell }) => (
					<td key={head} className="num">
						{cell(row, t)}
					</td>
				))}
				<td>
					<OpenRun run={row.runs[0]} label={t("methods.openRunOf", { method: name })} />
					{row.runs.length > 0 && (
						<Button
							kind="quiet"
							aria-expanded={open}
							aria-label={t("methods.answersOf", { method: name })}
							onClick={() => setOpen(!open)}
						>
							{t("methods.answers")}
						</Button>
					)}
				</td>
			</tr>
			{open && (
				<tr>
					<td colSpan={COLUMNS.length + 3}>
						<Answers row={row} name={name} />
					</td>
				</tr>
			)}
		</>
	);
}

/** Mean and deviation over the seeds, or the reason why there is none. */
function HeldOut({ row }: { row: MethodRow }) {
	const t = useT();
	const said = useEngineText();
	if (row.error !== null) return <span className="problem">{said(row.error.what)}</span>;
	const after = spread(row.runs.map((run) => run.evalLoss).filter((value) => value !== null));
	if (after === null) return "—";
	const before = row.runs[0].firstEvalLoss;
	return (
		<>
			{loss(after.mean)}
			{after.deviation !== null && ` ± ${loss(after.deviation)}`}
			{before !== null && <span className="text-muted-foreground"> {t("methods.before", { loss: loss(before) })}</span>}
		</>
	);
}

/** The final answer of each run of the row, and a button that opens the run. */
function Answers({ row, name }: { row: MethodRow; name: string }) {
	const t = useT();
	return (
		<dl className="grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-3 [&_dt]:text-xs [&_dt]:text-muted-foreground">
			{row.runs.map((run) => (
				<div key={run.seed}>
					<dt>
						{t("methods.seed", { seed: run.seed, prompt: run.sample?.prompt ?? "—" })}{" "}
						<OpenRun run={run} label={t("methods.openSeedOf", { method: name, seed: run.seed })} />
					</dt>
					<dd>{run.sample === null ? "—" : run.sample.text === "" ? t("compare.nothing") : run.sample.text}</dd>
				</div>
			))}
		</dl>
	);
}

/** Opens a run; absent if it was deleted. */
function OpenRun({ run, label }: { run: MethodRow["runs"][number] | undefined; label: string }) {
	const t = useT();
	const busy = useRun((s) => isBusy(s.state));
	const record = useRuns((s) => s.records.find(({ id, deleted }) => id === run?.id && !deleted));
	if (record === undefined) return null;
	return (
		<Button kind="quiet" disabled={busy} aria-label={label} onClick={() => void openRun(record)}>
			{t("methods.openRun")}
		</Button>
	);
}
