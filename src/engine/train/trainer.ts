// Runs the steps of one training run on the GPU. Plans are compiled once; a step queues its micro-batches and the update
// and reads back two numbers. The loop is run.ts.

import { TabTuneError } from "../../shared/errors.ts";
import { formatMebibytes } from "../../shared/format-bytes.ts";
import { memoryMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import type { RunSettings, TrainingMetrics } from "../api.ts";
import type { EncodedDataset } from "../data/dataset.ts";
import { type Plan, warmPipelines } from "../executor/plan.ts";
import type { ProfiledPlan } from "../executor/profile.ts";
import type { Graph } from "../graph/ir.ts";
import type { LoadedModel } from "../models/load.ts";
import { releaseBatch, uploadBatch } from "./batches.ts";
import { epochPlan } from "./epochs.ts";
import { type BatchCapacity, evaluationGraph, METRICS, updateGraph } from "./graphs.ts";
import { refuseLargeTensor, withMemoryAdvice } from "./memory-advice.ts";
import { whyNotFinite } from "./not-finite.ts";
import type { Evaluation, Objective } from "./objective.ts";
import { objectiveOf, requireObjective } from "./objectives/index.ts";
import { compilePlan, type ModelRuntime } from "./runtime.ts";
import { learningRate } from "./schedule.ts";
import { capacityOf, largestActivation, planTraining } from "./training-plan.ts";

export interface StepOutcome {
	readonly step: number;
	readonly loss: number;
	readonly grad_norm: number;
	readonly learning_rate: number;
	readonly num_tokens: number;
	/** For preference data. */
	readonly metrics?: TrainingMetrics;
	/** Why the update was skipped; null if it was applied. */
	readonly skipped: Message | null;
}

/** State for resuming a run exactly: the flat buffers and the counts. */
export interface TrainerState {
	readonly step: number;
	readonly updates: number;
	readonly params: Float32Array;
	readonly exp_avg: Float32Array;
	readonly exp_avg_sq: Float32Array;
}

export interface TrainerOptions {
	readonly layout: AdapterLayout;
	readonly settings: RunSettings;
	readonly train: EncodedDataset;
	readonly heldOut: EncodedDataset | null;
	/** Initial flat parameters, or the state to resume from. */
	readonly start: Float32Array | TrainerState;
	/** Values of layout.frozen; absent if that is empty. */
	readonly frozen?: Float32Array;
}

export class Trainer {
	private done = 0;
	/** Number of updates applied: skipped steps do not count in Adam's bias correction. */
	private updates = 0;

	private constructor(
		private readonly runtime: ModelRuntime,
		private readonly options: TrainerOptions,
		private readonly training: Plan,
		private readonly update: Plan,
		private readonly objective: Objective,
		/** Kernels that the self-test of the device replaced. */
		readonly warnings: readonly Message[],
	) {}

	/**
	 * Plans, allocates and compiles everything that the run will use.
	 * @throws TabTuneError "memory" if it does not fit, with changes that would help; everything of the run except "params"
	 * is freed
	 */
	static async create(given: ModelRuntime, options: TrainerOptions): Promise<Trainer> {
		await requireObjective(options);
		const { layout, settings } = options;
		const run = { model: given.model, settings, rows: options };
		const capacity = capacityOf(options, layout, settings);
		const { graph } = planTraining(given.model, layout, capacity, settings);
		if (largestActivation(graph) > given.gpu.info.maxStorageBufferBindingSize)
			refuseLargeTensor(graph, given.gpu.info, run);
		refuseOverLimit(layout.size * 4, given.gpu.info.maxBufferSize);
		const made: Made = { plans: [], objective: null };
		try {
			return await given.gpu.checked("preparing the run", async () => {
				const { selfTested } = await import("./self-test/self-test.ts");
				const { runtime, warnings } = await selfTested(given, [
					graph,
					evaluationGraph(given.model, layout, capacity),
					updateGraph(layout, settings),
				]);
				return Trainer.make(runtime, options, capacity, graph, warnings, made);
			});
		} catch (error) {
			releaseRun(given, made);
			throw withMemoryAdvice(error, run);
		}
	}

	/** @param made collects the resources to release if a later step fails */
	private static async make(
		runtime: ModelRuntime,
		options: TrainerOptions,
		capacity: BatchCapacity,
		graph: Graph,
		warnings: readonly Message[],
		made: Made,
	): Promise<Trainer> {
		const { layout, settings, start, frozen, train, heldOut } = options;
		const { memory } = runtime;
		for (const name of ["params", ...STATES]) {
			memory.reserve(name, layout.size * 4);
			memory.clear(name);
		}
		if (frozen !== undefined && frozen.length > 0) memory.upload("frozen", frozen);
		if (start instanceof Float32Array) memory.upload("params", start);
		else for (const name of ["params", "exp_avg", "exp_avg_sq"] as const) memory.upload(name, start[name]);
		const compile = async (of: Graph) => {
			const plan = await compilePlan(runtime, of);
			made.plans.push(plan);
			return plan;
		};
		const objective = async () => {
			made.objective = await objectiveOf(runtime, { layout, settings, train, heldOut, capacity });
			return made.objective;
		};
		const work = [compile(graph), compile(updateGraph(layout, settings)), objective()] as const;
		// All compilations settle before an error is thrown, so that compiled plans can be released.
		await Promise.allSettled(work);
		const trainer = new Trainer(runtime, options, ...(await Promise.all(work)), warnings);
		if (!(start instanceof Float32Array)) {
			trainer.done = start.step;
			trainer.updates = start.updates;
		}
		return trainer;
	}

	get model(): LoadedModel {
		return this.runtime.model;
	}

	/** Number of steps in the whole run. */
	get totalSteps(): number {
		const { settings, train } = this.options;
		return epochPlan(train.length, settings).totalSteps;
	}

	/** Units of the training data. */
	get rows(): number {
		return this.options.train.length;
	}

	/** Number of steps completed. */
	get step(): number {
		return this.done;
	}

	/** GPU bytes of the run: weights, states and activations of its plans. */
	get peakBytes(): number {
		return this.runtime.gpu.allocated.bytes;
	}

	/** Floating-point operations of one micro-batch at full capacity, for benches. */
	get flops(): number {
		return this.training.flops;
	}

	/** Runs the next step: all its micro-batches, then the update. */
	async next(): Promise<StepOutcome> {
		const { settings } = this.options;
		const { memory } = this.runtime;
		const step = this.done + 1;
		const { parts, num_tokens, loss, metrics: logged } = await this.objective.work(step);
		const rate = learningRate(settings, step, this.totalSteps);
		memory.clear("grads");
		memory.clear(METRICS.name);
		const { adam_beta1, adam_beta2 } = settings;
		const updates = this.updates + 1;
		for (const [index, { batch, loss_scale }] of parts.entries()) {
			uploadBatch(this.runtime, batch);
			await this.training.run({
				live_tokens: batch.ids.length,
				live_targets: batch.target_ids.length,
				step,
				micro_step: (step - 1) * settings.gradient_accumulation_steps + index,
				seed: settings.seed,
				loss_scale,
			});
		}
		this.update.enqueue({
			step,
			learning_rate: rate,
			bias_correction1: 1 - adam_beta1 ** updates,
			bias_correction2: 1 - adam_beta2 ** updates,
		});
		const metrics = await memory.readFloats(METRICS.name, 0, METRICS.size);
		const lossSum = metrics[METRICS.lossSum];
		const grad_norm = metrics[METRICS.gradNorm];
		this.done = step;
		const skipped = await this.skipReason(lossSum, grad_norm);
		if (skipped === null) this.updates = updates;
		return {
			step,
			loss: loss ?? lossSum / num_tokens,
			grad_norm,
			learning_rate: rate,
			num_tokens,
			...(logged && { metrics: logged }),
			skipped,
		};
	}

	/** Number of dispatches of one micro-batch and the update. */
	get dispatchCount(): number {
		return this.training.dispatchCount + this.update.dispatchCount;
	}

	/** Bytes of the buffers that these dispatches bind. */
	get boundBytes(): number {
		return this.training.boundBytes + this.update.boundBytes;
	}

	/** The plans of one micro-batch at full capacity and of the update, for a profiler; the parameters are not meaningful afterwards. */
	profiled(): ProfiledPlan[] {
		const { tokens, targets } = capacityOf(this.options, this.options.layout, this.options.settings);
		const scalars = { live_tokens: tokens, live_targets: targets, step: 1, loss_scale: 1 / targets };
		return [
			{ plan: this.training, scalars },
			{ plan: this.update, scalars: { step: 1, bias_correction1: 0.1, bias_correction2: 0.001 } },
		];
	}

	/** Evaluates the held-out rows; null without any. */
	evaluate(): Promise<Evaluation | null> {
		return this.objective.evaluate();
	}

	/** The current flat parameters. */
	params(): Promise<Float32Array> {
		return this.runtime.memory.readFloats("params", 0, this.options.layout.size);
	}

	/** Replaces the flat parameters, after the last step. */
	load(params: Float32Array): void {
		this.runtime.memory.upload("params", params);
	}

	async state(): Promise<TrainerState> {
		const { memory } = this.runtime;
		const { size } = this.options.layout;
		return {
			step: this.done,
			updates: this.updates,
			params: await memory.readFloats("params", 0, size),
			exp_avg: await memory.readFloats("exp_avg", 0, size),
			exp_avg_sq: await memory.readFloats("exp_avg_sq", 0, size),
		};
	}

	/** Frees the plans, the gradients and the moments; the parameters stay for generation and export. */
	release(): void {
		releaseRun(this.runtime, { plans: [this.training, this.update], objective: this.objective });
	}

	private skipReason(lossSum: number, norm: number): Promise<Message | null> {
		const { layout } = this.options;
		return whyNotFinite(layout, lossSum, norm, () => this.runtime.memory.readFloats("grads", 0, layout.size));
	}
}

/** GPU resources of a run, except its parameters. */
interface Made {
	readonly plans: Plan[];
	objective: Objective | null;
}

const STATES = ["grads", "exp_avg", "exp_avg_sq"] as const;

function releaseRun(runtime: ModelRuntime, { plans, objective }: Made): void {
	for (const plan of plans) plan.destroy();
	objective?.release();
	for (const name of STATES) runtime.memory.release(name);
	releaseBatch(runtime);
}

/** Compiles and tests the kernels of a run with this adapter in advance. */
export async function warmTraining(
	runtime: ModelRuntime,
	adapter: AdapterLayout,
	settings: RunSettings,
	capacity: BatchCapacity,
): Promise<void> {
	const graphs = [
		planTraining(runtime.model, adapter, capacity, settings).graph,
		evaluationGraph(runtime.model, adapter, capacity),
		updateGraph(adapter, settings),
	];
	for (const graph of graphs) await warmPipelines(graph, runtime.pipelines, runtime.tuning);
	const { testInAdvance } = await import("./self-test/self-test.ts");
	await testInAdvance(runtime, graphs);
}

/** @throws TabTuneError "memory" if the trainable parameters exceed the maximum buffer size */
function refuseOverLimit(bytes: number, limit: number): void {
	if (bytes <= limit) return;
	throw new TabTuneError("memory", {
		what: memoryMessage("trainedTensors", { size: formatMebibytes(bytes), limit: formatMebibytes(limit) }),
		where: memoryMessage("trainedTensors.where"),
		next: memoryMessage("trainedTensors.next"),
	});
}
