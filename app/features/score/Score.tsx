// Scores the answers of base and tuned model: the rule, the scored rows, and the significance of the difference.

import { Check, X } from "lucide-react";
import { useId } from "react";
import type { ScoreReport } from "../../../src/engine/api.ts";
import { type Translate, useT } from "../../i18n/index.ts";
import { signTest } from "../../lib/sign-test.ts";
import { withIndex } from "../../lib/with-index.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { FileButton } from "../../ui/FileButton.tsx";
import { Input, Progress } from "../../ui/Input.tsx";
import { LabelledField } from "../../ui/LabelledField.tsx";
import { NumberField } from "../../ui/NumberField.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Table } from "../../ui/Table.tsx";
import { ToggleGroup } from "../../ui/ToggleGroup.tsx";
import { useData } from "../data/store.ts";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { addChoices, downloadReport, judge, patternInUse } from "./actions.ts";
import { METRICS, onlyRight, useScore } from "./store.ts";
import { scoreTexts } from "./texts.ts";

type W = Translate<typeof scoreTexts.en>;

const HELP = { regex: "regexHelp", "exact-match": "exactHelp", json: "jsonHelp" } as const;
const CHOICE_EXAMPLE = '{"question": "…", "choices": ["…", "…"], "answer": 0}';

export function Score() {
	const w: W = useT(scoreTexts);
	const { metric, choices, max_new_tokens, running, report, error } = useScore();
	const ready = useEngine((s) => s.phase === "ready");
	const adapter = useEngine((s) => s.adapter !== null);
	const busy = useRun((s) => isBusy(s.state));
	const rows = useData((s) => s.status === "ready");
	const can = ready && rows && !busy && running === null;
	return (
		<Panel className="mx-auto mt-3 w-full max-w-300" aria-label={w("title")}>
			<h2>{w("title")}</h2>
			<p className="help">{w("intro")}</p>
			<ToggleGroup
				label={w("rule")}
				options={METRICS.map((value) => ({ value, text: w(value) }))}
				value={metric}
				disabled={running !== null}
				className="flex-wrap"
				onChange={(value) => useScore.setState({ metric: value, error: null })}
			/>
			<p className="help">{metric === "choice" ? w("choiceHelp", { example: CHOICE_EXAMPLE }) : w(HELP[metric])}</p>
			<div className="flex flex-wrap items-end gap-x-4 gap-y-2">
				{metric === "regex" && <Pattern label={w("pattern")} />}
				{metric === "choice" ? (
					<>
						<FileButton
							label={w("addChoices")}
							accept=".jsonl,.json"
							disabled={running !== null}
							onFiles={([file]) => addChoices(file)}
						/>
						{choices !== null && <span className="help">{w("choicesFrom", { name: choices.name })}</span>}
					</>
				) : (
					<NumberField
						label={w("tokens")}
						value={max_new_tokens}
						min={1}
						max={512}
						integer
						disabled={running !== null}
						onChange={(n) => useScore.setState({ max_new_tokens: n })}
					/>
				)}
			</div>
			<div className="flex flex-wrap items-center gap-2">
				<Button disabled={!can} onClick={() => void judge()}>
					{w("start")}
				</Button>
				{running !== null && (
					<Button kind="quiet" onClick={() => useScore.setState({ stopping: true })}>
						{w("stop")}
					</Button>
				)}
				{!adapter && <span className="help">{w("none")}</span>}
			</div>
			{running !== null && (
				<div className="grid gap-1">
					<Progress
						aria-label={w("title")}
						value={running.total === 0 ? undefined : running.done}
						max={Math.max(1, running.total)}
					/>
					<p className="help num">{w("progress", running)}</p>
				</div>
			)}
			{error !== null && (
				<ErrorNote
					error={error}
					actions={[{ label: "error.dismiss", run: () => useScore.setState({ error: null }) }]}
				/>
			)}
			{report !== null && (
				<>
					<Verdict w={w} report={report.report} />
					<Rows w={w} report={report.report} />
					<div>
						<Button onClick={downloadReport}>{w("download")}</Button>
					</div>
				</>
			)}
		</Panel>
	);
}

function Pattern({ label }: { label: string }) {
	const id = useId();
	const typed = useScore((s) => s.pattern);
	const running = useScore((s) => s.running !== null);
	// The gallery set may provide a pattern.
	useData((s) => s.origin);
	return (
		<LabelledField id={id} label={label} className="min-w-60 flex-1">
			<Input
				id={id}
				className="w-full font-mono"
				spellCheck={false}
				autoComplete="off"
				disabled={running}
				value={typed ?? patternInUse()}
				onChange={(event) => useScore.setState({ pattern: event.target.value })}
			/>
		</LabelledField>
	);
}

/** Number of correct answers, and whether the difference is significant. */
function Verdict({ w, report }: { w: W; report: ScoreReport }) {
	const { totals, skipped } = report;
	const n = totals.rows;
	const of = (share: number | null) => Math.round((share ?? 0) * n);
	const only = onlyRight(report);
	const differ = only.base + only.tuned;
	const chance = signTest(only.base, only.tuned);
	const p = (100 * chance).toPrecision(2);
	return (
		<div className="grid gap-1" role="note">
			<p>
				{totals.tuned === null
					? w("totalsBase", { n, base: of(totals.base) })
					: w("totals", { n, base: of(totals.base), tuned: of(totals.tuned) })}
			</p>
			{totals.tuned !== null && (
				<p className="help">
					{differ === 0
						? w((totals.tuned ?? 0) === 0 ? "noneCorrect" : "same")
						: w(chance < 0.05 ? "better" : "unsure", { d: differ, p })}
				</p>
			)}
			{totals.basePerToken !== null && totals.tunedPerToken !== null && (
				<p className="help">{w("perToken", { base: of(totals.basePerToken), tuned: of(totals.tunedPerToken) })}</p>
			)}
			{skipped > 0 && <p className="help">{w("skipped", { n: skipped })}</p>}
		</div>
	);
}

function Rows({ w, report: { answers, choices } }: { w: W; report: ScoreReport }) {
	const rows = [
		...answers.map(({ prompt, expected, base, tuned }) => ({ prompt, expected, base, tuned })),
		...choices.map(({ prompt, choices: texts, right, base, tuned }) => ({
			prompt,
			expected: texts[right],
			base: { text: texts[base.chosen], right: base.chosen === right },
			tuned: tuned && { text: texts[tuned.chosen], right: tuned.chosen === right },
		})),
	];
	return (
		<Table of="texts">
			<thead>
				<tr>
					<th scope="col">{w("row")}</th>
					<th scope="col">{w("expected")}</th>
					<th scope="col">{w("base")}</th>
					<th scope="col">{w("tuned")}</th>
				</tr>
			</thead>
			<tbody>
				{withIndex(rows).map(({ place, item: { prompt, expected, base, tuned } }) => (
					<tr key={place}>
						<th scope="row" dir="auto" className="answer-text">
							{prompt.trim()}
						</th>
						<td dir="auto" className="answer-text text-muted-foreground">
							{expected}
						</td>
						<Judged w={w} answer={base} />
						{tuned === null ? <td>—</td> : <Judged w={w} answer={tuned} />}
					</tr>
				))}
			</tbody>
		</Table>
	);
}

function Judged({ w, answer: { text, right } }: { w: W; answer: { text: string; right: boolean } }) {
	const Mark = right ? Check : X;
	return (
		<td>
			<span className={right ? "flex gap-1 text-success" : "flex gap-1 text-destructive"}>
				<Mark size={16} aria-hidden="true" className="flex-none" /> {w(right ? "right" : "wrong")}
			</span>
			<span dir="auto" className="answer-text">
				{text}
			</span>
		</td>
	);
}
