// One line that says where the run stands, and at its end the sentence that says what happened. It is the page's
// only `status` region; while numbers run it is not read aloud, for that would never end.

import type { RunSummary } from "../../src/engine/api.ts";
import { startObstacle } from "../actions/run.ts";
import { type Translate, useT } from "../i18n/index.ts";
import { bytes, clock, compact, loss, percent } from "../lib/format.ts";
import { useData } from "../stores/data.ts";
import { useEngine } from "../stores/engine.ts";
import { type RunView, useRun } from "../stores/run.ts";
import { hasProblems, useSettings } from "../stores/settings.ts";

export function StatusLine() {
	const t = useT();
	const run = useRun();
	const parameters = useEngine((s) => s.model?.parameters ?? 0);
	const idle = useIdleText(t);
	const parts = statusParts(run, parameters, idle, t);
	return (
		<div role="status" aria-live={run.state === "running" ? "off" : "polite"} className={`status-line ${run.state}`}>
			{run.state === "running" || run.state === "paused" ? <progress aria-hidden="true" value={run.step} max={Math.max(1, run.totalSteps)} /> : null}
			<p className="num">{parts.join(" · ")}</p>
		</div>
	);
}

function useIdleText(t: Translate): string {
	const steps = useSettings((s) => s.settings.max_steps);
	const r = useSettings((s) => s.settings.r);
	useEngine((s) => s.phase);
	useData((s) => s.status);
	useSettings(hasProblems);
	useSettings((s) => s.cost?.fits);
	useSettings((s) => s.costError?.code);
	switch (startObstacle()) {
		case "model":
			return t("run.idleNoModel");
		case "data":
			return t("run.idleNoData");
		case "settings":
			return t("run.idleInvalid");
		case "memory":
			return t("run.idleTooBig");
		default:
			return t("run.idle", { steps, r });
	}
}

export function statusParts(run: RunView, parameters: number, idle: string, t: Translate): string[] {
	const step = t("run.step", { step: run.step, total: run.totalSteps });
	const lossNow = run.loss === null ? [] : [t("run.loss", { loss: loss(run.loss) })];
	switch (run.state) {
		case "idle":
			return [idle];
		case "preparing":
			return [t("run.preparing")];
		case "running":
			return [
				step,
				...lossNow,
				...(run.tokensPerSecond === null ? [] : [t("run.speed", { n: compact(run.tokensPerSecond) })]),
				...(run.stopping
					? [t("run.stopping")]
					: run.secondsLeft === null
						? []
						: [t("run.left", { time: clock(run.secondsLeft) })]),
			];
		case "paused":
			return [t("run.paused"), step, ...lossNow];
		case "failed":
			return [t("run.failed"), step, ...lossNow];
		default: {
			const head = t(run.state === "finished" ? "run.finished" : "run.stopped");
			return [head, step, ...(run.summary === null ? lossNow : [summarySentence(run.summary, parameters, t)])];
		}
	}
}

/** "held-out loss 2.31 → 1.62 in 48 s; adapter 92 KB, 0.8 % of the model" */
export function summarySentence(summary: RunSummary, parameters: number, t: Translate): string {
	const { firstEvalLoss: first, lastEvalLoss: last } = summary;
	const change =
		first === null || last === null
			? t("run.lastLoss", { loss: loss(summary.lastLoss) })
			: t("run.heldOutChange", { first: loss(first), last: loss(last) });
	const s = Math.round(summary.elapsed);
	const time = s < 100 ? t("run.seconds", { n: s < 10 ? summary.elapsed.toFixed(1) : s }) : t("run.minutes", { m: Math.floor(s / 60), s: s % 60 });
	const share = parameters > 0 ? percent(summary.trainableParameters / parameters) : "—";
	return t("run.summary", { change, time, adapter: t("run.adapterSize", { size: bytes(summary.adapterBytes), share }) });
}
