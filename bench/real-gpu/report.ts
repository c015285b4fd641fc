// The report of the packed bench as Markdown, in the form of docs/measurements.md.

import type { DeviceMeasurement } from "../../src/engine/api.ts";
import type { Peaks } from "../../src/engine/kernels/peak.ts";
import { markdownTable } from "../../src/engine/train/format-table.ts";
import { figure, measurementMarkdown, percent, rate } from "../../src/engine/train/measure/measurement-text.ts";
import type { TimedStep } from "../../src/engine/train/measure/step.ts";
import type { PeerRow } from "./peers.ts";
import type { Correctness } from "./run-tests.ts";

export interface StepRow {
	readonly model: string;
	readonly tokens: number;
	readonly precision: string;
	readonly step: (TimedStep & { readonly share_of_peak: number }) | null;
	/** Why it was not measured. */
	readonly skipped: string | null;
}

/** The report; correctness and device are null where they were left out. */
export interface RealGpuReport {
	readonly date: string; // ISO 8601
	readonly seconds: number;
	readonly limit_minutes: number;
	readonly adapter: string;
	readonly agent: string;
	readonly peaks: Peaks;
	readonly correctness: Correctness | null;
	readonly device: DeviceMeasurement | null;
	readonly steps: readonly StepRow[];
	readonly peers: readonly PeerRow[];
	/** Why jax-js did not run. */
	readonly peer_error: string | null;
}

export function reportMarkdown(report: RealGpuReport): string {
	const { adapter, agent, date, peaks, correctness, device, steps, peers, peer_error } = report;
	return [
		`# ${adapter}`,
		`Measured ${date.slice(0, 10)} with ${agent}, in ${report.seconds.toFixed(0)} s of at most ${report.limit_minutes} minutes. Multiply-add peak ${rate(peaks.gflops)} (f32), copy bandwidth ${figure(peaks.gigabytesPerSecond)} GB/s.`,
		"## LoRA steps, r = 16 on all linear layers, one text, random weights in bfloat16",
		steps.length === 0 ? "Left out." : stepTable(report),
		"## Beside jax-js on the same device",
		peer_error !== null
			? `jax-js did not run: ${peer_error}`
			: peers.length === 0
				? "Left out."
				: markdownTable(
						["work", "tokens", "TabTune, ms", "jax-js, ms", "ratio"],
						peers.map(({ work, tokens, tabtune_ms, jax_ms }) => [
							work,
							String(tokens),
							figure(tabtune_ms),
							jax_ms === null ? "no time left" : figure(jax_ms),
							jax_ms === null ? "" : figure(jax_ms / tabtune_ms),
						]),
					),
		"## Correctness",
		correctness === null ? "Left out." : correctnessText(correctness),
		device === null ? "## Kernels\n\nLeft out: no model's step fits into the time limit." : measurementMarkdown(device),
	]
		.map((part) => part.trimEnd())
		.join("\n\n")
		.concat("\n");
}

const stepTable = ({ steps }: RealGpuReport): string =>
	markdownTable(
		["model", "tokens", "precision", "ms", "tokens/s", "rate", "of peak", "dispatches", "GPU memory"],
		steps.map(({ model, tokens, precision, step, skipped }) =>
			step === null
				? [model, String(tokens), precision, skipped ?? "", "", "", "", "", ""]
				: [
						model,
						String(tokens),
						precision,
						figure(step.milliseconds),
						figure(step.tokens_per_second),
						rate(step.gflops),
						percent(step.share_of_peak),
						String(step.dispatches),
						`${(step.peak_gpu_bytes / 2 ** 20).toFixed(0)} MiB`,
					],
		),
	);

function correctnessText(correctness: Correctness): string {
	const { passed, failed, notRun, ops, kernels, kernelsNotRun, seconds } = correctness;
	const compared = ops.reduce((sum, op) => sum + op.compared, 0);
	const parts = [
		`${passed} tests passed, ${failed.length} failed, in ${seconds.toFixed(0)} s: ${compared} tensors compared with the TypeScript reference in float64, ${Object.keys(kernels).length} kernels in ${Object.values(kernels).reduce((a, b) => a + b, 0)} variants.`,
		...(failed.length > 0
			? [`Failed:\n\n${failed.map(({ test, error }) => `- ${test}: ${error.split("\n")[0]}`).join("\n")}`]
			: []),
		...(notRun.length > 0 ? [`Not run within the time limit: ${notRun.join(", ")}.`] : []),
		...(kernelsNotRun.length > 0 ? [`Kernels that no test ran: ${kernelsNotRun.join(", ")}.`] : []),
		markdownTable(
			["op", "tensors", "largest error", "tolerance"],
			ops.map((op) => [op.op, String(op.compared), op.largest_error.toExponential(1), op.tolerance.toExponential(0)]),
		),
		markdownTable(
			["kernel", "variants"],
			Object.entries(kernels)
				.sort(([a], [b]) => a.localeCompare(b))
				.map(([name, count]) => [name, String(count)]),
		),
	];
	return parts.map((part) => part.trimEnd()).join("\n\n");
}
