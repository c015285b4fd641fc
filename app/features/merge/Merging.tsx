// The merge study: a table row for every form of the adapter in memory, a bar chart of the losses, and the answers.

import type { MergeForm } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { type Translate, useT } from "../../i18n/index.ts";
import { withIndex } from "../../lib/with-index.ts";
import { Button } from "../../ui/Button.tsx";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Input, Progress } from "../../ui/Input.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Table } from "../../ui/Table.tsx";
import { useData } from "../data/store.ts";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { downloadStudy, studyMerging, tickBase } from "./actions.ts";
import { lossChange, STUDIED, sameAnswers, useMerging } from "./store.ts";
import { mergeTexts } from "./texts.ts";

type W = Translate<typeof mergeTexts.en>;

export function Merging() {
	const w: W = useT(mergeTexts);
	const { bases, forms, of, running, error } = useMerging();
	const ready = useEngine((s) => s.phase === "ready");
	const adapter = useEngine((s) => s.adapter !== null);
	const busy = useRun((s) => isBusy(s.state));
	const rows = useData((s) => s.status === "ready");
	return (
		<Panel aria-label={w("title")}>
			<h2>{w("title")}</h2>
			<p className="help">{w("intro")}</p>
			<fieldset className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm" disabled={running}>
				<legend className="sr-only">{w("bases")}</legend>
				<span aria-hidden="true">{w("bases")}</span>
				{STUDIED.map((base) => (
					<label key={base} className="flex items-center gap-2">
						<Input
							type="checkbox"
							checked={bases.includes(base)}
							onChange={(event) => tickBase(base, event.target.checked)}
						/>
						{w(base)}
					</label>
				))}
			</fieldset>
			<div className="flex flex-wrap items-center gap-2">
				<Button
					disabled={!ready || !adapter || !rows || busy || running || bases.length === 0}
					onClick={() => void studyMerging()}
				>
					{w("start")}
				</Button>
				{running && (
					<Button kind="quiet" onClick={() => useMerging.setState({ stopping: true })}>
						{w("stop")}
					</Button>
				)}
				{!adapter && <span className="help">{w("none")}</span>}
			</div>
			{running && (
				<div className="grid gap-1">
					<Progress aria-label={w("title")} />
					<p className="help num">{w("running", { n: forms.length })}</p>
				</div>
			)}
			{error !== null && (
				<ErrorNote
					error={error}
					actions={[{ label: "error.dismiss", run: () => useMerging.setState({ error: null }) }]}
				/>
			)}
			{forms.length > 0 && (
				<>
					<Forms w={w} forms={forms} of={of} />
					<Bars w={w} forms={forms} />
					<Answers w={w} forms={forms} />
					<div>
						<Button disabled={running} onClick={downloadStudy}>
							{w("download")}
						</Button>
					</div>
				</>
			)}
		</Panel>
	);
}

const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;

function Forms({ w, forms, of }: { w: W; forms: readonly MergeForm[]; of: string | null }) {
	return (
		<Table>
			<caption>{of}</caption>
			<thead>
				<tr>
					<th scope="col">{w("base")}</th>
					<th scope="col">{w("state")}</th>
					<th scope="col">{w("bytes")}</th>
					<th scope="col">{w("loss")}</th>
					<th scope="col">{w("change")}</th>
					<th scope="col">{w("same")}</th>
				</tr>
			</thead>
			<tbody>
				{forms.map((form) => {
					const change = lossChange(forms, form);
					return (
						<tr key={`${form.base} ${form.state}`}>
							<th scope="row">{form.base}</th>
							<td>{w(form.state)}</td>
							<td className="num">{formatBytes(form.weight_bytes)}</td>
							<td className="num">{form.loss.toFixed(4)}</td>
							<td className="num">{change === null ? "—" : signed(change)}</td>
							<td className="num">{w("sameOf", { n: sameAnswers(forms, form), all: form.answers.length })}</td>
						</tr>
					);
				})}
			</tbody>
		</Table>
	);
}

const [WIDTH, BAR, LABEL, FIGURE] = [720, 20, 240, 64];

/** The losses as bars starting at zero; the table has the numbers. */
function Bars({ w, forms }: { w: W; forms: readonly MergeForm[] }) {
	const most = Math.max(...forms.map(({ loss }) => loss));
	return (
		<figure className="grid gap-1">
			<figcaption className="help">{w("plot")}</figcaption>
			<svg viewBox={`0 0 ${WIDTH} ${forms.length * BAR}`} className="block w-full max-w-200" aria-hidden="true">
				{forms.map(({ base, state, loss }, i) => (
					<g key={`${base} ${state}`}>
						<text className="plot-name" x={0} y={i * BAR + 14}>
							{`${base}, ${w(state)}`}
						</text>
						<rect
							className="value-bar"
							x={LABEL}
							y={i * BAR + 3}
							width={((WIDTH - LABEL - FIGURE) * loss) / most}
							height={BAR - 6}
						/>
						<text className="plot-tick" x={LABEL + ((WIDTH - LABEL - FIGURE) * loss) / most + 6} y={i * BAR + 14}>
							{loss.toFixed(3)}
						</text>
					</g>
				))}
			</svg>
		</figure>
	);
}

/** Every question with each form's answer. */
function Answers({ w, forms }: { w: W; forms: readonly MergeForm[] }) {
	const questions = forms[0].answers;
	if (questions.length === 0) return null;
	return (
		<Collapsible line={w("answers", { n: questions.length })}>
			{withIndex(questions).map(({ place, item: { prompt } }, i) => (
				<div key={place} className="grid gap-1">
					<h3 dir="auto" className="answer-text">
						{w("asked", { prompt: prompt.trim() })}
					</h3>
					<dl className="grid grid-cols-[repeat(auto-fill,minmax(220px,1fr))] gap-3 [&_dt]:text-xs [&_dt]:text-muted-foreground">
						{forms.map(({ base, state, answers }) => (
							<div key={`${base} ${state}`}>
								<dt>{`${base}, ${w(state)}`}</dt>
								<dd dir="auto" className="answer-text">
									{answers[i]?.text}
								</dd>
							</div>
						))}
					</dl>
				</div>
			))}
		</Collapsible>
	);
}
