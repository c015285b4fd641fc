// The program of the packed bench (bench/real-gpu.ts): correctness of every kernel on this device, its measurement, LoRA steps of three
// models' shapes, and jax-js beside them. Writes the figures as JSON and Markdown into the working directory.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gpuEnv } from "../../scripts/ci/gpu-env.mjs";
import type { DeviceMeasurement } from "../../src/engine/api.ts";
import { Gpu } from "../../src/engine/device/gpu.ts";
import { nodeAgent, nodeGpu } from "../../src/engine/device/node-gpu.ts";
import { measurePeaks, type Peaks } from "../../src/engine/kernels/peak.ts";
import { Pipelines } from "../../src/engine/kernels/pipelines.ts";
import { type LoadedModel, openModelFiles } from "../../src/engine/models/load.ts";
import { measureDevice } from "../../src/engine/train/measure/measure-device.ts";
import { loraSettings, stepFigures, type TimedStep, timeSteps } from "../../src/engine/train/measure/step.ts";
import { startRuntime } from "../../src/engine/train/runtime.ts";
import { randomFolder } from "../model-shapes.ts";
import { type PeerRow, timePeers } from "./peers.ts";
import { type RealGpuReport, reportMarkdown, type StepRow } from "./report.ts";
import { type Correctness, runTests } from "./run-tests.ts";

const { values: options } = parseArgs({
	options: {
		minutes: { type: "string", default: "8" },
		output: { type: "string", default: "real-gpu" },
		tokens: { type: "string", default: "128,512" },
		skip: { type: "string", default: "" },
	},
});
const minutes = Number(options.minutes);
if (!(minutes > 0)) {
	console.error("--minutes is a positive number");
	process.exit(2);
}
const TOKENS = options.tokens.split(",").map(Number);
if (!TOKENS.every((count) => Number.isInteger(count) && count > 0)) {
	console.error("--tokens lists positive integers");
	process.exit(2);
}
const PARTS = ["correctness", "device", "steps", "peers"] as const;
const skipped = options.skip.split(",").filter((part) => part !== "");
if (skipped.some((part) => !PARTS.some((known) => known === part))) {
	console.error(`--skip lists parts among ${PARTS.join(", ")}`);
	process.exit(2);
}

const started = performance.now();
const LIMIT = minutes * 60_000;
const left = () => LIMIT - (performance.now() - started);
const say = (line: string) =>
	console.error(`[${((performance.now() - started) / 1000).toFixed(0).padStart(3)} s] ${line}`);
const wanted = (part: (typeof PARTS)[number]) => !skipped.includes(part);

/** Share of the time that the tests may take; a GPU needs far less. */
const TEST_SHARE = 0.4;
const SHAPES = ["SmolLM2-135M", "DistilGPT2", "Qwen3-0.6B"] as const;
const RANK = 16;
const LEAST_STEPS = 3;
const STEP_MILLISECONDS = 4000;

Object.assign(process.env, gpuEnv());
const instance = await nodeGpu();
const gpu = await Gpu.request({ gpu: instance }).catch((error: unknown) => {
	console.error(`No usable GPU: ${String(error)}. On Linux, check that vulkaninfo lists it.`);
	process.exit(3);
});
const agent = await nodeAgent();
say(`${gpu.info.description || gpu.info.vendor}${gpu.info.software ? " (software adapter)" : ""}; ${agent}`);

say("peak rates");
const pipelines = new Pipelines(gpu);
const peaks = await measurePeaks(pipelines);
say(`${peaks.gflops.toFixed(0)} GFLOPS, ${peaks.gigabytesPerSecond.toFixed(1)} GB/s`);

let correctness: Correctness | null = null;
let device: DeviceMeasurement | null = null;
const peers: PeerRow[] = [];
let peerError: string | null = null;
const steps: StepRow[] = [];
// Whatever takes longer than predicted is abandoned, so that a report always exists at the limit.
const watchdog = setTimeout(() => {
	say("the time limit has passed");
	for (const shape of SHAPES) noteMissing(shape, "left out: the time limit passed");
	finish();
}, left());

say(wanted("correctness") ? "correctness: the GPU tests" : "correctness: left out");
correctness = wanted("correctness")
	? await runTests(performance.now() + (LIMIT - (performance.now() - started)) * TEST_SHARE, say)
	: null;
if (correctness !== null)
	say(
		`${correctness.passed} tests passed, ${correctness.failed.length} failed, ${correctness.notRun.length} files not run`,
	);

/** Rate of the last step, by which the time of the next is predicted; at first a low share of the peak. */
let gflops = peaks.gflops / (gpu.info.software ? 8 : 20);
for (const shape of wanted("steps") || wanted("device") ? SHAPES : []) {
	try {
		const model = await openModelFiles(await randomFolder(shape), shape);
		const reason = tooLong(model, TOKENS[0]);
		if (reason === null) await measureModel(model, shape);
		else leaveOut(shape, reason);
	} catch (error) {
		leaveOut(shape, String(error));
	}
}

function leaveOut(shape: string, reason: string): void {
	say(`${shape}: ${reason}`);
	noteMissing(shape, reason);
}

/** Notes why the steps of a model that were not measured are missing. */
function noteMissing(shape: string, reason: string): void {
	if (!wanted("steps")) return;
	const missing = TOKENS.filter((tokens) => !steps.some((row) => row.model === shape && row.tokens === tokens));
	steps.push(...missing.map((tokens) => notMeasured(shape, tokens, reason)));
}

if (wanted("peers")) {
	say("the matmul and the MLP step of jax-js");
	try {
		const affordable = (flops: number) => (flops / gflops / 1e6) * 40 < left();
		await timePeers(gpu, instance, { tokens: TOKENS, affordable, onRow: (row) => peers.push(row) });
	} catch (error) {
		peerError = String(error);
		say(`jax-js: ${peerError}`);
	}
}

clearTimeout(watchdog);
finish();

/** Writes the report and ends the process. */
function finish(): never {
	const report: RealGpuReport = {
		date: new Date().toISOString(),
		seconds: (performance.now() - started) / 1000,
		limit_minutes: minutes,
		adapter: gpu.info.description || gpu.info.vendor,
		agent,
		peaks,
		correctness,
		device,
		steps,
		peers,
		peer_error: peerError,
	};

	const markdown = reportMarkdown(report);
	writeFileSync(`${options.output}.json`, `${JSON.stringify(report, null, "\t")}\n`);
	writeFileSync(`${options.output}.md`, markdown);
	console.log(markdown);
	say(`written: ${options.output}.json, ${options.output}.md`);
	process.exit(correctness !== null && correctness.failed.length > 0 ? 1 : 0);
}

/** Why a step is not measured: it would end after the time limit; null if it would not. */
function tooLong({ parameters }: LoadedModel, tokens: number): string | null {
	const flops = 5 * parameters * tokens; // forward 2, backward 2, and the rest
	const seconds = ((LEAST_STEPS + 1) * flops) / gflops / 1e9 + parameters / 5e7;
	return seconds * 1000 < left() * 0.8
		? null
		: `left out: it would take about ${seconds.toFixed(0)} s, and ${(left() / 1000).toFixed(0)} s are left`;
}

function notMeasured(model: string, tokens: number, reason: string): StepRow {
	return { model, tokens, precision: "f32", step: null, skipped: reason };
}

async function measureModel(model: LoadedModel, shape: string): Promise<void> {
	say(`${shape}: loading ${(model.weightBytes / 2 ** 20).toFixed(0)} MiB of random weights`);
	const runtime = await startRuntime(gpu, model);
	try {
		if (device === null && wanted("device")) {
			say(`${shape}: products, attention, a step and its kernels`);
			const tokens = Math.max(...TOKENS.filter((count) => tooLong(model, count) === null));
			device = await measureDevice(runtime, { agent, tokens });
		}
		if (!wanted("steps")) return;
		for (const tokens of TOKENS) {
			const reason = tooLong(model, tokens);
			if (reason !== null) {
				say(`${shape}, ${tokens} tokens: ${reason}`);
				steps.push(notMeasured(shape, tokens, reason));
				continue;
			}
			for (const precision of ["f32", "mixed"] as const) {
				const settings = { ...loraSettings(RANK, tokens), precision };
				let began = 0;
				const times = await timeSteps(runtime, {
					tokens,
					settings,
					profile: false,
					more(done) {
						if (done.length === 0) began = performance.now();
						if (left() < 0.1 * LIMIT && done.length > 0) return false;
						return done.length < LEAST_STEPS || performance.now() - began < STEP_MILLISECONDS;
					},
				});
				const step = stepFigures(runtime, { tokens, r: RANK }, times);
				gflops = step.gflops;
				steps.push({ model: shape, tokens, precision, step: withShare(step, peaks), skipped: null });
				say(
					`${shape}, ${tokens} tokens, ${precision}: ${step.milliseconds.toFixed(1)} ms a step, ${step.tokens_per_second.toFixed(0)} tokens/s`,
				);
			}
		}
	} finally {
		runtime.memory.releaseAll();
	}
}

function withShare(step: TimedStep, { gflops: peak }: Peaks) {
	return { ...step, share_of_peak: step.gflops / peak };
}
