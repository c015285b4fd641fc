// Recommends a rank from kept runs: the engine's verdict in words, its evidence as a table, its limits.
import type { RankAdvice } from "../../../src/engine/api.ts";
import { useT } from "../../i18n/index.ts";
import { loss } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Table } from "../../ui/Table.tsx";
import { useRuns } from "../run/runs-store.ts";
import { advise } from "./actions.ts";
import { rankGroups, useRank } from "./store.ts";

export function RankAdvisor() {
	const t = useT();
	const records = useRuns((s) => s.records);
	const found = useRank((s) => s.advice);
	const groups = rankGroups(records);
	return (
		<Panel aria-label={t("rank.advisor")}>
			<h2>{t("rank.advisor")}</h2>
			<p className="help">{t(groups.length === 0 ? "rank.advisorNone" : "rank.advisorHelp")}</p>
			{groups.length > 0 && (
				<div className="flex flex-wrap items-center gap-2">
					{groups.map(({ key, name, runs }) => (
						<Button key={key} onClick={() => void advise(name, runs)}>
							{t("rank.advise", { name, n: runs.length })}
						</Button>
					))}
				</div>
			)}
			{found !== null && <Advice advice={found.advice} />}
		</Panel>
	);
}

/** The verdict, its limits, and the numbers it is based on. */
export function Advice({ advice }: { advice: RankAdvice }) {
	const t = useT();
	const { verdict, recommended, best, possibleLoss, ranks, limits } = advice;
	return (
		<div className="grid gap-3">
			<p>
				{verdict === "within-noise"
					? t("rank.verdict.within-noise", {
							recommended: recommended ?? best,
							best,
							possible: loss(possibleLoss ?? 0),
						})
					: t(`rank.verdict.${verdict}`, { best })}
			</p>
			<ul className="help">
				{limits.map((limit) => (
					<li key={limit}>{t(`rank.limit.${limit}`)}</li>
				))}
			</ul>
			<Table>
				<caption>{t("rank.evidence")}</caption>
				<thead>
					<tr>
						<th scope="col">{t("rank.col.rank")}</th>
						<th scope="col">{t("rank.col.seeds")}</th>
						<th scope="col">{t("rank.col.loss")}</th>
						<th scope="col">{t("rank.col.difference")}</th>
					</tr>
				</thead>
				<tbody>
					{ranks.map(({ rank, seeds, meanLoss, difference, interval }) => (
						<tr key={rank}>
							<th scope="row" className="num">
								{rank}
							</th>
							<td className="num">{seeds}</td>
							<td className="num">{meanLoss.toFixed(3)}</td>
							<td className="num">
								{rank === best || difference === null ? "—" : figure(difference)}
								{interval !== null && rank !== best && ` [${interval.map(figure).join(", ")}]`}
							</td>
						</tr>
					))}
				</tbody>
			</Table>
		</div>
	);
}

/** Three decimals, with a minus sign. */
const figure = (value: number): string => value.toFixed(3).replace("-", "−");
