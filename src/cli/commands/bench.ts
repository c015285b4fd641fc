// The `bench` command: measures this machine's device, the model's kernels and whole training steps. The kernel benchmarks are
// in bench/.
import { nodeAgent } from "../../engine/device/node-gpu.ts";
import { measureDevice } from "../../engine/train/measure/measure-device.ts";
import { measurementMarkdown } from "../../engine/train/measure/measurement-text.ts";
import { numberOr, type ParsedArgs } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { openModel, startGpu } from "../open.ts";
import { result, say } from "../output.ts";
import { settingsOf } from "../settings-given.ts";
import type { Command } from "./command.ts";

export const benchCommand: Command = {
	name: "bench",
	summary:
		"measure this device and the time of training steps: [--model M] [--tokens N] [--rows N] [--steps N] [--json]",
	options: {
		model: "text",
		dtype: "text",
		tokens: "number",
		rows: "number",
		steps: "number",
		config: "text",
		json: "flag",
	},
	acceptsSettings: true,
	async run(args) {
		const count = (name: string, otherwise: number) => positive(args, name, otherwise);
		const [tokens, rows, steps] = [count("tokens", 128), count("rows", 1), count("steps", 5)];
		const model = await openModel({
			...args,
			options: new Map<string, string | number | boolean>([["model", "demo"], ...args.options]),
		});
		const settings = await settingsOf(args);
		const bench = await startGpu(model);
		const measurement = await measureDevice(bench, {
			agent: await nodeAgent(),
			tokens,
			training: { settings, rows, steps },
			onProgress({ part, done, total }) {
				say(`measuring ${done + 1} of ${total}: ${PARTS[part]}`);
				return true;
			},
		});
		if (measurement === null) return;
		const { step, step_error } = measurement;
		if (step === null)
			throw cliError("memory", {
				what: step_error ?? "the step was not measured",
				where: `a step of ${tokens * rows} tokens`,
				next: "lower --tokens or --rows, or choose a smaller --dtype",
			});
		if (args.options.get("json") !== true) say(measurementMarkdown(measurement));
		await result({
			device: bench.gpu.info.description,
			tokens: step.tokens,
			prepare_ms: step.prepare_milliseconds,
			first_step_ms: step.first_milliseconds,
			step_ms: { min: step.min_milliseconds, median: step.milliseconds },
			flops_per_step: step.flops,
			gflops: step.flops / step.min_milliseconds / 1e6,
			tokens_per_second: (step.tokens * 1000) / step.min_milliseconds,
			peak_gpu_bytes: step.peak_gpu_bytes,
			...measurement,
		});
	},
};

const PARTS = {
	peak: "multiply-add peak and copy bandwidth",
	products: "matrix products",
	attention: "attention",
	prepare: "compiling a training step",
	step: "training steps",
	kernels: "time per kernel",
} as const;

function positive(args: ParsedArgs, name: string, otherwise: number): number {
	const value = numberOr(args, name, otherwise);
	if (Number.isInteger(value) && value > 0) return value;
	throw cliError("usage", {
		what: `--${name} is ${value}`,
		where: "the command line",
		next: "give a whole number of at least 1",
	});
}
