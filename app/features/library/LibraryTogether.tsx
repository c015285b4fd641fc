// The adapters ticked in the library: asked the same question in one batch with the base, and blended with a weight each.
import { useId } from "react";
import type { CombinationType, RunRecord } from "../../../src/engine/api.ts";
import { useT } from "../../i18n/index.ts";
import { compact } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { Input, Select, Textarea } from "../../ui/Input.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { useData } from "../data/store.ts";
import { useRuns } from "../run/runs-store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { askEach, blendChosen, keepBlend } from "./actions.ts";
import { BASE, useLibrary } from "./store.ts";

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
					<p className="help">{t("library.blendHelp")}</p>
					{runs.map((run) => (
						<Weight key={run.id} run={run} />
					))}
					<div className="flex flex-wrap items-center gap-2">
						<Combination />
						<Button disabled={off} onClick={() => void blendChosen(runs, question)}>
							{t("library.blendNow")}
						</Button>
					</div>
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
			<dl className="grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-3 [&_dt]:text-xs [&_dt]:text-muted-foreground">
				{said.map(({ id, name }) => (
					<div key={id}>
						<dt>{name}</dt>
						<dd>{answers[id]}</dd>
					</div>
				))}
			</dl>
		</>
	);
}

function Weight({ run: { id, name } }: { run: RunRecord }) {
	const t = useT();
	const field = useId();
	const weight = useLibrary((s) => s.weights[id] ?? 1);
	return (
		<div className="grid grid-cols-[1fr_auto] items-center gap-3 max-md:[&>label]:col-span-full md:grid-cols-[140px_minmax(120px,480px)_auto]">
			<label htmlFor={field} className="text-sm">
				{t("library.weight", { name })}
			</label>
			<Input
				id={field}
				type="range"
				min={-1}
				max={2}
				step={0.1}
				value={weight}
				onChange={(event) =>
					useLibrary.setState(({ weights }) => ({ weights: { ...weights, [id]: Number(event.target.value) } }))
				}
			/>
			<output htmlFor={field} className="num" aria-live="off">
				{weight.toFixed(1)}
			</output>
		</div>
	);
}

function Combination() {
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
				value={combination}
				onChange={(event) => useLibrary.setState({ combination: event.target.value as CombinationType })}
			>
				{COMBINATIONS.map((type) => (
					<option key={type}>{type}</option>
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
			<blockquote>{blended}</blockquote>
			<p className="help">{t("library.blendKept")}</p>
			<Button disabled={busy || kept} onClick={() => void keepBlend(runs.map(({ name }) => name).join(" + "))}>
				{t("library.keepBlend")}
			</Button>
		</div>
	);
}
