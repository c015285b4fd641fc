// Ways to reduce the GPU memory of a run, computed from its plans, for the message when it does not fit. `waysOf` lists them.
import { TabTuneError } from "../../shared/errors.ts";
import { formatMebibytes } from "../../shared/format-bytes.ts";
import { memoryMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { methodsOf } from "../../shared/setting-values.ts";
import { adapterLayout } from "../adapters/layout.ts";
import type { DeviceInfo, RunSettings } from "../api.ts";
import type { Graph } from "../graph/ir.ts";
import { needsDequant, weightFormatBytes } from "../kernels/weight-format.ts";
import { weightName } from "../models/linear.ts";
import type { LoadedModel, ModelShape } from "../models/load.ts";
import { runBytes } from "./estimate.ts";
import { capacityOf, largestActivation, type RunRows } from "./training-plan.ts";

/** A change of settings and the resulting peak. */
export interface Way {
	readonly change: string;
	readonly peakBytes: number;
}

interface Run {
	readonly model: ModelShape;
	readonly settings: RunSettings;
	readonly rows: RunRows;
}

interface Variant {
	readonly model: ModelShape;
	readonly settings: RunSettings;
	readonly max_length: number;
}

/** A change must save at least this share of the peak. */
const WORTH = 0.05;

/** Changes that reduce the peak, the smallest peak first; the last entry combines all of them. */
export function waysToFit(model: ModelShape, settings: RunSettings, rows: RunRows): Way[] {
	const longest = rowsLongest(rows);
	const now: Variant = { model, settings, max_length: longest };
	const peak = peakOf(now, rows);
	const single = waysOf(now).map(([change, variant]) => ({ change, variant, peakBytes: peakOf(variant, rows) }));
	const worth = single.filter(({ peakBytes }) => peakBytes < (1 - WORTH) * peak);
	const ways = worth.map(({ change, peakBytes }) => ({ change, peakBytes })).sort((a, b) => a.peakBytes - b.peakBytes);
	if (worth.length < 2) return ways;
	const all = worth.reduce<Variant>(
		(sum, { variant }) => ({
			model: variant.model === model ? sum.model : variant.model,
			settings: { ...sum.settings, ...changed(settings, variant.settings) },
			max_length: Math.min(sum.max_length, variant.max_length),
		}),
		now,
	);
	return [...ways, { change: worth.map(({ change }) => change).join(" + "), peakBytes: peakOf(all, rows) }];
}

function waysOf({ model, settings, max_length }: Variant): [string, Variant][] {
	const ways: [string, Variant][] = [];
	const batch = settings.per_device_train_batch_size;
	if (batch > 1) {
		const gradient_accumulation_steps = settings.gradient_accumulation_steps * batch;
		ways.push([
			`per_device_train_batch_size 1, gradient_accumulation_steps ${gradient_accumulation_steps}`,
			{ model, max_length, settings: { ...settings, per_device_train_batch_size: 1, gradient_accumulation_steps } },
		]);
	}
	const half = Math.max(16, Math.ceil(max_length / 16) * 8);
	if (half < max_length) ways.push([`max_length ${half}`, { model, settings, max_length: half }]);
	const quantised = asNf4(model);
	if (quantised !== null) ways.push(["NF4", { model: quantised, settings, max_length }]);
	if (settings.method === "full")
		ways.push(["method lora", { model, max_length, settings: { ...settings, method: "lora" } }]);
	const fewer = fewerModules(model, settings);
	if (fewer !== null)
		ways.push([
			`target_modules ${fewer.join(", ")}`,
			{ model, max_length, settings: { ...settings, target_modules: fewer } },
		]);
	return ways;
}

/** The target modules of the LoRA paper, queries and values (arXiv 2106.09685, section 4.2), if more are adapted. */
function fewerModules({ family, config }: ModelShape, settings: RunSettings): string[] | null {
	if (!methodsOf(settings).includes("lora") || settings.target_modules !== "all-linear") return null;
	const names = new Set(family.linearModules(config).map(({ path }) => path.split(".").at(-1) ?? path));
	const few = ["q_proj", "v_proj"].every((name) => names.has(name)) ? ["q_proj", "v_proj"] : [...names].slice(0, 1);
	return few.length < names.size ? few : null;
}

/** The same base with 4-bit linear layers; null if it is already quantised. */
function asNf4(model: ModelShape): ModelShape | null {
	const linear = new Set(model.family.linearModules(model.config).map(weightName));
	if ([...linear].some((name) => needsDequant(model.storageOf(name)))) return null;
	return { ...model, storageOf: (name) => (linear.has(name) ? "nf4" : model.storageOf(name)) };
}

function peakOf({ model, settings, max_length }: Variant, { train, heldOut }: RunRows): number {
	const layout = adapterLayout(model, settings);
	const capacity = capacityOf({ train, heldOut }, layout, settings, max_length);
	return runBytes(model, layout, settings, capacity, heldOut !== null);
}

const changed = (before: RunSettings, after: RunSettings): Partial<RunSettings> =>
	Object.fromEntries(
		Object.entries(after).filter(([name, value]) => value !== before[name as keyof RunSettings]),
	) as Partial<RunSettings>;

const rowsLongest = ({ train, heldOut }: RunRows): number =>
	Math.max(...[train, ...(heldOut === null ? [] : [heldOut])].map((rows) => rows.longest));

/**
 * Checks tensor sizes before any allocation.
 * @throws TabTuneError "memory" if a tensor exceeds the maximum buffer size, with changes that reduce memory
 */
export function refuseLargeTensor(
	graph: Graph,
	{ maxBufferSize, maxStorageBufferBindingSize }: Pick<DeviceInfo, "maxBufferSize" | "maxStorageBufferBindingSize">,
	{ model, settings, rows }: Run,
): void {
	const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
	const largest = largestActivation(graph);
	if (largest <= limit) return;
	throw new TabTuneError("memory", {
		what: memoryMessage("largeTensor", { size: formatMebibytes(largest), limit: formatMebibytes(limit) }),
		where: memoryMessage("theRun"),
		next: adviceOf(waysToFit(model, settings, rows)),
	});
}

/** Extends an out-of-memory error with the peak of the run and changes that reduce it; other errors are unchanged. */
export function withMemoryAdvice(error: unknown, { model, settings, rows }: Run): unknown {
	if (!(error instanceof TabTuneError) || error.code !== "memory") return error;
	const peak = peakOf({ model, settings, max_length: rowsLongest(rows) }, rows);
	return new TabTuneError(
		"memory",
		{
			what: memoryMessage("run", { size: formatMebibytes(peak) }),
			where: error.parts.where,
			next: adviceOf(waysToFit(model, settings, rows)),
		},
		{ cause: error },
	);
}

/** The same for weights that do not fit by themselves. */
export function withModelMemoryAdvice(error: unknown, model: LoadedModel): unknown {
	if (!(error instanceof TabTuneError) || error.code !== "memory") return error;
	const smaller = asNf4(model);
	return new TabTuneError(
		"memory",
		{
			what: memoryMessage("model", { size: formatMebibytes(model.weightBytes) }),
			where: error.parts.where,
			next:
				smaller === null
					? memoryMessage("smallerModel")
					: memoryMessage("smallerBase", { size: formatMebibytes(weightBytes(smaller)) }),
		},
		{ cause: error },
	);
}

const weightBytes = ({ family, config, storageOf }: ModelShape): number =>
	family.weights(config).reduce((total, { name, shape }) => total + weightFormatBytes(storageOf(name), shape), 0);

/** Formats the changes as a sentence. */
function adviceOf(ways: readonly Way[]): Message {
	if (ways.length === 0) return memoryMessage("smallerModel");
	const list = ways.map(({ change, peakBytes }) => `${change} (${formatMebibytes(peakBytes)})`).join("; ");
	return memoryMessage("lessMemory", { changes: list });
}
