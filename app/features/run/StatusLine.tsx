// One line with the progress of the run and, at its end, a sentence with the result. It is the page's only `status`
// region; changing numbers are not announced to screen readers.

import { cx } from "class-variance-authority";
import type { RunSummary } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { methodsOf } from "../../../src/shared/setting-values.ts";
import { type Translate, useT } from "../../i18n/index.ts";
import { clock, compact, loss, percent } from "../../lib/format.ts";
import { Progress } from "../../ui/Input.tsx";
import { useEngine } from "../model/store.ts";
import { useSettings } from "../settings/store.ts";
import { lengthText } from "./length-text.ts";
import { type RunView, useRun } from "./store.ts";
import { useStartBlocker } from "./useStartBlocker.ts";

export function StatusLine() {
	const t = useT();
	const run = useRun();
	const parameters = useEngine((s) => s.model?.parameters ?? 0);
	const idle = useIdleText(t);
	const loading = useEngine((s) => s.phase === "starting" || s.phase === "loading");
	// Loading a model is shown even after a run has ended.
	const peak = useSettings((s) => s.cost?.peakBytes ?? null);
	const parts = loading ? [idle] : statusParts(run, parameters, idle, t);
	if (run.state === "running" && peak !== null) parts.push(formatBytes(peak));
	return (
		<div
			role="status"
			aria-live={run.state === "running" ? "off" : "polite"} // Room for the bar and for the two lines of the closing sentence: nothing below moves between them.
			className={cx("grid min-h-11.5 content-center gap-1.5", run.state === "finished" && "finished")}
		>
			<Bar run={run} />
			<p className="num">{parts.join(" · ")}</p>
		</div>
	);
}

/** Progress of the run or of loading the model. */
function Bar({ run }: { run: RunView }) {
	const phase = useEngine((s) => s.phase);
	const progress = useEngine((s) => s.progress);
	if (run.state === "running" || run.state === "paused") {
		return <Progress aria-hidden="true" value={run.step} max={Math.max(1, run.totalSteps)} />;
	}
	if (run.state !== "preparing" && phase !== "starting" && phase !== "loading") return null;
	const known = run.state !== "preparing" && progress !== null && progress.total > 0 ? progress : null;
	return (
		<Progress
			aria-hidden="true"
			value={known === null ? undefined : Math.min(known.done, known.total)}
			max={known?.total}
		/>
	);
}

function useIdleText(t: Translate): string {
	const settings = useSettings((s) => s.settings);
	const phase = useEngine((s) => s.phase);
	const stage = useEngine((s) => s.progress?.stage ?? "read");
	const blocker = useStartBlocker();
	switch (blocker) {
		case "model":
			return phase === "starting"
				? t("boot.probe")
				: phase === "loading"
					? t(`load.${stage}`)
					: t(phase === "lost" ? "run.idleNoGpu" : "run.idleNoModel");
		case "data":
			return t("run.idleNoData");
		case "settings":
			return t("run.idleInvalid");
		case "memory":
			return t("run.idleTooBig");
		default:
			return methodsOf(settings).includes("lora")
				? t("run.idle", { length: lengthText(t, settings), r: settings.r })
				: t("run.idleNoRank", { length: lengthText(t, settings) });
	}
}

function statusParts(run: RunView, parameters: number, idle: string, t: Translate): string[] {
	const step = t("run.step", { step: run.step, total: run.totalSteps });
	const lossNow = run.loss === null ? [] : [t("run.loss", { loss: loss(run.loss) })];
	if (run.margin !== null) lossNow.push(t("run.margin", { n: loss(run.margin) }));
	switch (run.state) {
		case "idle":
			return [idle];
		case "preparing":
			return [t("run.preparing")];
		case "running":
			return [
				step,
				...lossNow,
				...(run.phase !== null && run.phase !== "training"
					? [t(`run.phase.${run.phase}`)]
					: run.tokensPerSecond === null
						? []
						: [t("run.speed", { n: compact(run.tokensPerSecond) })]),
				...(run.stopping
					? [t("run.stopping")]
					: run.secondsLeft === null
						? []
						: [t("run.left", { time: clock(run.secondsLeft) })]),
			];
		case "paused":
			return [t("run.paused"), step, ...lossNow];
		case "failed":
			return [t("run.failed"), ...(run.step > 0 ? [step, ...lossNow] : [])];
		default: {
			const head = t(run.state === "finished" ? "run.finished" : "run.stopped");
			return [
				head,
				step,
				...(run.summary === null ? lossNow : [summarySentence(run.summary, run.waited, parameters, t)]),
			];
		}
	}
}

/** "held-out loss 2.31 → 1.62 in 48 s; adapter 92 KB, 0.8% of the model" */
function summarySentence(summary: RunSummary, waited: number | null, parameters: number, t: Translate): string {
	const { firstEvalLoss: first, lastEvalLoss: last } = summary;
	const losses =
		first === null || last === null
			? t("run.lastLoss", { loss: loss(summary.lastLoss) })
			: t("run.heldOutChange", { first: loss(first), last: loss(last) });
	const accuracy = summary.metrics?.["rewards/accuracies"];
	const right = accuracy === undefined ? undefined : t("run.right", { n: Math.round(100 * accuracy) });
	const change = right === undefined ? losses : `${losses}, ${right}`;
	const seconds = waited ?? summary.elapsed;
	const s = Math.round(seconds);
	const span =
		s < 100
			? t("run.seconds", { n: s < 10 ? seconds.toFixed(1) : s })
			: t("run.minutes", { m: Math.floor(s / 60), s: s % 60 });
	// Only the training steps of a stored run are timed.
	const time = waited === null ? t("run.inSteps", { time: span }) : span;
	const share = parameters > 0 ? percent(summary.trainableParameters / parameters) : "—";
	return t("run.summary", {
		change,
		time,
		adapter: t("run.adapterSize", { size: formatBytes(summary.adapterBytes), share }),
	});
}
