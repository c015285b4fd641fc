// The selected adapters: asked the same question in one batch with the base, or blended with a weight each.
import { useId } from "react";
import type { CombinationType, RunRecord } from "../../../src/engine/api.ts";
import { useT } from "../../i18n/index.ts";
import { compact } from "../../lib/format.ts";
import { AnswerGrid } from "../../ui/AnswerGrid.tsx";
import { Button } from "../../ui/Button.tsx";
import { Select, Textarea } from "../../ui/Input.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Slider } from "../../ui/Slider.tsx";
import { useData } from "../data/store.ts";
import { useRuns } from "../run/runs-store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { askEach, blendChosen, keepBlend } from "./actions.ts";
import { BASE, combinationOf, differInRank, sharesBatch, useLibrary } from "./store.ts";

const COMBINATIONS: readonly CombinationType[] = ["linear", "cat", "svd"];

export function LibraryTogether() {
	const t = useT();
	const id = useId();
	const records = useRuns((s) => s.records);
	const { chosen, prompt, busy } = useLibrary();
	const training = useRun((s) => isBusy(s.state));
	const suggested = useData((s) => s.info?.samplePrompt ?? "");
	const runs = chosen.flatMap((one) => records.filter((run) => run.id === one && !run.deleted));
	const question = prompt === "" ? suggested : prompt;
	const off = busy !== null || training || question === "";
	return (
		<Panel aria-label={t("library.together")}>
			<h2>{t("library.together")}</h2>
			{runs.length < 2 ? (
				<p className="help">{t("library.togetherHelp")}</p>
			) : (
				<>
					<label htmlFor={id} className="help">
						{t("library.question")}
					</label>
					<Textarea
						id={id}
						rows={2}
						value={question}
						onChange={(event) => useLibrary.setState({ prompt: event.target.value })}
					/>
					<div className="flex flex-wrap items-center gap-2">
						<Button disabled={off} onClick={() => void askEach(runs, question)}>
							{t("library.ask")}
						</Button>
						{busy === "asking" && <span className="help">{t("library.asking")}</span>}
					</div>
					<Answers runs={runs} />
					<h3>{t("library.blend")}</h3>
					{runs.every(sharesBatch) ? (
						<>
							<p className="help">{t("library.blendHelp")}</p>
							{runs.map((run) => (
								<Weight key={run.id} run={run} />
							))}
							<div className="flex flex-wrap items-center gap-2">
								<Combination runs={runs} />
								<Button disabled={off} onClick={() => void blendChosen(runs, question)}>
									{t("library.blendNow")}
								</Button>
							</div>
						</>
					) : (
						<p className="help">{t("library.blendPlain")}</p>
					)}
					<Blended runs={runs} />
				</>
			)}
		</Panel>
	);
}

function Answers({ runs }: { runs: readonly RunRecord[] }) {
	const answers = useLibrary((s) => s.answers);
	const t = useT();
	const pace = useLibrary((s) => s.pace);
	const said = [{ id: BASE, name: t("library.base") }, ...runs].filter(({ id }) => answers[id] !== undefined);
	if (said.length === 0) return null;
	return (
		<>
			{pace !== null && <p className="help num">{t("library.pace", { n: compact(pace) })}</p>}
			<AnswerGrid answers={said.map(({ id, name }) => ({ key: id, name, text: answers[id] }))} />
		</>
	);
}

function Weight({ run: { id, name } }: { run: RunRecord }) {
	const t = useT();
	const weight = useLibrary((s) => s.weights[id] ?? 1);
	return (
		<Slider
			label={t("library.weight", { name })}
			min={-1}
			max={2}
			step={0.1}
			value={weight}
			text={weight.toFixed(1)}
			onChange={(value) => useLibrary.setState(({ weights }) => ({ weights: { ...weights, [id]: value } }))}
		/>
	);
}

function Combination({ runs }: { runs: readonly RunRecord[] }) {
	const t = useT();
	const id = useId();
	const combination = useLibrary((s) => s.combination);
	return (
		<>
			<label htmlFor={id} className="help">
				{t("library.combination")}
			</label>
			<Select
				id={id}
				value={combinationOf(runs, combination)}
				onChange={(event) => useLibrary.setState({ combination: event.target.value as CombinationType })}
			>
				{COMBINATIONS.map((type) => (
					<option key={type} disabled={type === "linear" && differInRank(runs)}>
						{type}
					</option>
				))}
			</Select>
		</>
	);
}

function Blended({ runs }: { runs: readonly RunRecord[] }) {
	const t = useT();
	const busy = useLibrary((s) => s.busy !== null);
	const kept = useLibrary((s) => s.inUse !== null);
	const blended = useLibrary((s) => s.blended);
	if (blended === null) return null;
	return (
		<div aria-live="polite">
			<h3>{t("library.blended")}</h3>
			<blockquote dir="auto">{blended}</blockquote>
			<p className="help">{t("library.blendKept")}</p>
			<Button disabled={busy || kept} onClick={() => void keepBlend(runs.map(({ name }) => name).join(" + "))}>
				{t("library.keepBlend")}
			</Button>
		</div>
	);
}
