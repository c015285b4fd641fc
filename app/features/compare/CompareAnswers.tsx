// The answers: two regions for one prompt, a table for several prompts, two columns for a chat. Model output is rendered
// as text, never as markup.

import { cx } from "class-variance-authority";
import { useT } from "../../i18n/index.ts";
import { withIndex } from "../../lib/with-index.ts";
import { Table } from "../../ui/Table.tsx";
import { Tokens } from "../../ui/Tokens.tsx";
import { useEngine } from "../model/store.ts";
import { isBusy as isTraining, useRun } from "../run/store.ts";
import { type Answer, SIDES, type Side, useCompare } from "./store.ts";

/** Both answers, side by side where there is room. */
const SIDE = "min-h-20 pt-2 pb-3 md:min-h-28 md:group-data-wide/compare:min-h-60 [&>h3]:mb-1";
const FRAME: Record<Side, string> = {
	base: `${SIDE} md:pr-3`,
	tuned: `${SIDE} border-t md:border-t-0 md:border-l md:pl-3 [&>h3]:text-primary`,
};

export function OneAnswer() {
	return (
		<div className="grid border-y md:grid-cols-2">
			<AnswerBox side="base" />
			<AnswerBox side="tuned" />
		</div>
	);
}

const isBusy = ({ state }: Answer): boolean => state === "writing" || state === "waiting";

function AnswerBox({ side }: { side: Side }) {
	const t = useT();
	const answer = useCompare((s) => s[side]);
	const hasAdapter = useEngine((s) => s.adapter !== null);
	const training = useRun((s) => isTraining(s.state));
	const empty = t(
		side === "base"
			? "compare.baseEmpty"
			: training
				? "compare.busy"
				: hasAdapter
					? "compare.tunedReady"
					: "compare.tunedEmpty",
	);
	const name = t(`compare.${side}`);
	const stale = useCompare((s) => answer.asked !== undefined && answer.asked !== s.prompt);
	return (
		<div className={FRAME[side]}>
			<h3>
				{name} <span className="font-normal text-muted-foreground">{t(`compare.${side}Hint`)}</span>
				{answer.state === "writing" && <span className="help font-normal"> · {t("compare.writing")}</span>}
				{answer.state === "waiting" && <span className="help font-normal"> · {t("compare.waiting")}</span>}
			</h3>
			{/* The region contains only the answer, so that its text is exactly what the model wrote. */}
			<section aria-label={name} aria-busy={isBusy(answer)} className={cx(stale && "text-muted-foreground")}>
				<Words answer={answer} />
			</section>
			{stale && (
				<p className="help wrap-anywhere" dir="auto">
					{t("compare.answered", { prompt: answer.asked ?? "" })}
				</p>
			)}
			{answer.state === "empty" && <p className="help">{empty}</p>}
		</div>
	);
}

function Words({ answer }: { answer: Answer }) {
	const t = useT();
	const coloured = useCompare((s) => s.coloured);
	if (answer.state === "done" && answer.text === "") return <p className="help">{t("compare.nothing")}</p>;
	return (
		<p dir="auto" className={cx("answer-text", "group-data-wide/compare:text-lg", answer.cut === true && "cut-off")}>
			{coloured && answer.scores !== undefined ? <Tokens scores={answer.scores} /> : answer.text}
		</p>
	);
}

export function SetAnswers() {
	const t = useT();
	const set = useCompare((s) => s.set);
	if (set.length === 0) return <p className="help">{t("compare.setEmpty")}</p>;
	return (
		<Table of="texts">
			<thead>
				<tr>
					<th scope="col">{t("compare.prompt")}</th>
					{SIDES.map((side) => (
						<th key={side} scope="col">
							{t(`compare.${side}`)}
						</th>
					))}
				</tr>
			</thead>
			<tbody>
				{withIndex(set).map(({ place, item: turn }) => (
					<tr key={place}>
						<th scope="row" dir="auto">
							{turn.prompt}
						</th>
						{SIDES.map((side) => (
							<td key={side} aria-busy={isBusy(turn[side])}>
								{turn[side].state === "waiting" ? (
									<span className="help">{t("compare.waiting")}</span>
								) : (
									<Words answer={turn[side]} />
								)}
							</td>
						))}
					</tr>
				))}
			</tbody>
		</Table>
	);
}

export function ChatAnswers() {
	const t = useT();
	const chat = useCompare((s) => s.chat);
	if (chat.length === 0) return <p className="help">{t("compare.chatEmpty")}</p>;
	return (
		<div className="grid border-y md:grid-cols-2">
			{SIDES.map((side) => (
				<div key={side} className={FRAME[side]}>
					<h3>{t(`compare.${side}`)}</h3>
					<section aria-label={t(`compare.${side}`)} aria-busy={chat.some((turn) => isBusy(turn[side]))}>
						<ol className="grid gap-3">
							{withIndex(chat).map(({ place, item: turn }) => (
								<li key={place}>
									<p dir="auto" className="block text-sm text-muted-foreground">
										{turn.prompt}
									</p>
									<Words answer={turn[side]} />
								</li>
							))}
						</ol>
					</section>
				</div>
			))}
		</div>
	);
}
