// A device measurement as Markdown, for a bug report or docs/measurements.md.
import type { DeviceMeasurement, MeasuredKernel, MeasuredStep, MeasuredWork } from "../../api.ts";
import { markdownTable } from "../format-table.ts";

/** Three significant digits, at most four decimals. */
export function figure(value: number): string {
	if (value === 0) return "0";
	const digits = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
	return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const rate = (gflops: number): string =>
	gflops >= 1000 ? `${figure(gflops / 1000)} TFLOPS` : `${figure(gflops)} GFLOPS`;

export function measurementMarkdown(measurement: DeviceMeasurement): string {
	const { adapter, agent, date, tabtune, peak, products, attention, step, step_error, kernels, variants } = measurement;
	const sections = [
		`## ${adapter.description || [adapter.vendor, adapter.architecture].join(" ")}\n\n${factList([
			["Adapter", [adapter.vendor, adapter.architecture, adapter.device].filter((part) => part !== "").join(", ")],
			["Driver", adapter.description || "not reported by the browser"],
			["Software adapter", adapter.software ? "yes" : "no"],
			["Browser or runtime", agent],
			["TabTune", `${tabtune.version}, measured ${date}`],
			["Features", adapter.features.join(", ") || "none"],
			["Multiply-add peak, f32", rate(peak.gflops)],
			["Copy bandwidth", `${figure(peak.gigabytes_per_second)} GB/s`],
		])}`,
		step === null
			? `### LoRA step\n\nNot measured: ${step_error ?? "cancelled"}.\n`
			: `### LoRA step\n\n${stepTable([step])}`,
		`### Products and attention, alone\n\n${workTable([...products, ...attention])}`,
		`### Kernels of the step\n\n${
			kernels === null ? "This device has no timestamp queries.\n" : kernelTable(kernels) + resolutionNote(measurement)
		}`,
		`### Kernel choice, device class ${measurement.device_class}\n\n${markdownTable(
			["shapes", "variant", "source"],
			variants.map((one) => [one.class, one.variant, one.source]),
		)}`,
	];
	return sections.join("\n");
}

const factList = (facts: readonly (readonly [string, string])[]): string =>
	facts.map(([name, value]) => `- ${name}: ${value}\n`).join("");

function stepTable(steps: readonly MeasuredStep[]): string {
	return markdownTable(
		["model", "base", "r", "tokens", "ms", "tokens/s", "rate", "of peak", "of bandwidth", "dispatches", "GPU memory"],
		steps.map((step) => [
			step.model,
			step.base_dtype,
			String(step.r),
			String(step.tokens),
			figure(step.milliseconds),
			figure(step.tokens_per_second),
			rate(step.gflops),
			percent(step.share_of_peak),
			percent(step.share_of_bandwidth),
			String(step.dispatches),
			`${(step.peak_gpu_bytes / 2 ** 20).toFixed(0)} MiB`,
		]),
	);
}

function workTable(works: readonly MeasuredWork[]): string {
	return markdownTable(
		["kernel", "shape", "ms", "rate", "of peak", "GB/s", "of bandwidth"],
		works.map((work) => [
			work.name,
			work.shape,
			figure(work.milliseconds),
			rate(work.gflops),
			percent(work.share_of_peak),
			figure(work.gigabytes_per_second),
			percent(work.share_of_bandwidth),
		]),
	);
}

function kernelTable(kernels: readonly MeasuredKernel[]): string {
	return markdownTable(
		["kernel", "calls", "ms", "share", "rate", "GB/s"],
		kernels.map((one) => [
			one.kernel,
			String(one.calls),
			figure(one.milliseconds),
			percent(one.share),
			rate(one.gflops),
			figure(one.gigabytes_per_second),
		]),
	);
}

/** Rounding matters when a dispatch takes about as long as the step between two timestamps. */
function resolutionNote({ timestamp_resolution_us: resolution, kernels }: DeviceMeasurement): string {
	if (resolution === null || resolution < 10 || kernels === null) return "";
	return `\nTimestamps are multiples of ${figure(resolution)} µs here, so the times of short kernels are approximate.\n`;
}
