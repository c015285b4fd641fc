// The results of a race: recommendation, a row per rank with its kept runs, sample answers, downloads.
import type { RaceRank, RaceTable, TableFormat } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { useT } from "../../i18n/index.ts";
import { compact } from "../../lib/format.ts";
import { AnswerGrid } from "../../ui/AnswerGrid.tsx";
import { Button } from "../../ui/Button.tsx";
import { Table } from "../../ui/Table.tsx";
import { lengthText } from "../run/length-text.ts";
import { openRun } from "../run/runs-actions.ts";
import { useRuns } from "../run/runs-store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { Advice } from "./RankAdvisor.tsx";
import { downloadRace } from "./race-actions.ts";
import { useRace } from "./race-store.ts";

const FORMATS: readonly [TableFormat, string][] = [
	["csv", "CSV"],
	["json", "JSON"],
	["markdown", "Markdown"],
];

export function RaceResults({ table }: { table: RaceTable }) {
	const t = useT();
	const kept = useRace((s) => s.kept);
	const { model, data, settings, device, byRank, advice, heats } = table;
	const [{ tokensPerSecond, peakBytes }] = heats;
	return (
		<>
			{advice !== null && <Advice advice={advice} />}
			<Table>
				<caption>
					{t("methods.table", { model, data: data.train, length: lengthText(t, settings), device })}
					{" · "}
					{t("race.pace", { n: compact(tokensPerSecond), memory: formatBytes(peakBytes) })}
				</caption>
				<thead>
					<tr>
						<th scope="col">{t("rank.col.rank")}</th>
						<th scope="col">{t("methods.col.loss")}</th>
						<th scope="col">{t("rank.col.seeds")}</th>
						<th scope="col">{t("methods.col.trainable")}</th>
						<th scope="col">{t("methods.col.file")}</th>
						<th scope="col">{t("methods.col.run")}</th>
					</tr>
				</thead>
				<tbody>
					{byRank.map((row) => (
						<Row key={row.rank} row={row} table={table} />
					))}
				</tbody>
			</Table>
			<div className="flex flex-wrap items-center gap-2">
				<span className={kept ? "help" : "problem"}>{t(kept ? "methods.download" : "methods.notKept")}</span>
				{FORMATS.map(([format, name]) => (
					<Button key={format} onClick={() => void downloadRace(format)}>
						{name}
					</Button>
				))}
			</div>
			<Samples table={table} />
		</>
	);
}

function Row({ row, table }: { row: RaceRank; table: RaceTable }) {
	const { rank, evalLoss, seeds, trainableParameters, adapterBytes } = row;
	return (
		<tr>
			<th scope="row" className="num">
				{rank}
			</th>
			<td className="num">
				{evalLoss === null ? "—" : evalLoss.mean.toFixed(3)}
				{evalLoss !== null && evalLoss.deviation !== null && ` ± ${evalLoss.deviation.toFixed(3)}`}
			</td>
			<td className="num">{seeds}</td>
			<td className="num">{compact(trainableParameters)}</td>
			<td className="num">{formatBytes(adapterBytes)}</td>
			<td>
				<span className="flex items-center gap-2">
					{table.slots
						.filter((slot) => slot.rank === rank)
						.map(({ seed, id }) => (
							<OpenSlotRun key={seed} rank={rank} seed={seed} id={id} />
						))}
				</span>
			</td>
		</tr>
	);
}

/** Opens the kept run of a slot; absent if it was deleted. */
function OpenSlotRun({ rank, seed, id }: { rank: number; seed: number; id: string | null }) {
	const t = useT();
	const busy = useRun((s) => isBusy(s.state));
	const record = useRuns((s) => s.records.find((run) => run.id === id && !run.deleted));
	if (record === undefined || record.checkpoint === null) return null;
	return (
		<Button
			kind="quiet"
			disabled={busy}
			aria-label={t("race.openOf", { rank, seed })}
			onClick={() => void openRun(record)}
		>
			{t("race.open", { seed })}
		</Button>
	);
}

/** Each rank's answer at the end of the first heat, side by side. */
function Samples({ table: { slots } }: { table: RaceTable }) {
	const t = useT();
	const answers = slots.flatMap(({ rank, seed, sample }) =>
		sample === null || seed !== slots[0].seed ? [] : [{ rank, ...sample }],
	);
	if (answers.length === 0) return null;
	return (
		<div className="grid gap-3">
			<h3>{t("race.samples", { prompt: answers[0].prompt })}</h3>
			<AnswerGrid answers={answers.map(({ rank, text }) => ({ key: rank, name: `r = ${rank}`, text }))} />
		</div>
	);
}
