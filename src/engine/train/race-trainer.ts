// Several runs in one on the GPU: lanes that differ in rank, scaling and learning rate see the same rows in the same order
// over one frozen base. A lane's numbers are those of its own run (trainer.ts); the loop is race.ts.

import { TabTuneError } from "../../shared/errors.ts";
import type { Message } from "../../shared/messages/message.ts";
import { studyMessage } from "../../shared/messages/study.en.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import { type AdapterSlots, slotsOf } from "../adapters/adapter-slots.ts";
import type { RunSettings } from "../api.ts";
import type { EncodedDataset, TokenBatch } from "../data/dataset.ts";
import { stackSlots } from "../data/slot-batch.ts";
import type { Plan } from "../executor/plan.ts";
import { epochPlan, stepWindow } from "./epochs.ts";
import { type BatchCapacity, METRICS } from "./graphs.ts";
import { whyNotFinite } from "./not-finite.ts";
import { laneUpdateGraph, raceEvaluationGraph, SLOT_METRICS } from "./race-graphs.ts";
import { planRaceTraining } from "./race-plan.ts";
import { compilePlan, type ModelRuntime } from "./runtime.ts";
import { learningRate } from "./schedule.ts";

/** In front of the names of a race's buffers. */
const RACE = "race.";
const INPUTS = ["ids", "positions", "kv_start", "kv_last", "q_end", "target_rows", "target_ids"] as const;
const FLAT = ["params", "grads", "exp_avg", "exp_avg_sq"] as const;

export interface LaneStart {
	readonly settings: RunSettings;
	readonly layout: AdapterLayout;
	/** Fresh flat parameters. */
	readonly params: Float32Array;
}

export interface RaceOptions {
	/** Their settings agree but for r, lora_alpha and learning_rate. */
	readonly lanes: readonly LaneStart[];
	readonly train: EncodedDataset;
	readonly heldOut: EncodedDataset | null;
}

export interface LaneOutcome {
	readonly loss: number;
	readonly grad_norm: number;
	readonly learning_rate: number;
	/** Why the update was skipped; null when it was made. */
	readonly skipped: Message | null;
}

export interface RaceOutcome {
	readonly step: number;
	/** Targets of one lane. */
	readonly num_tokens: number;
	readonly lanes: readonly LaneOutcome[];
}

/** Room that a lane needs. */
export function raceCapacity({
	lanes,
	train,
	heldOut,
}: Pick<RaceOptions, "train" | "heldOut"> & { lanes: readonly Pick<LaneStart, "settings">[] }): BatchCapacity {
	if (train.inPairs) {
		throw new TabTuneError("data", {
			what: studyMessage("racePairs"),
			where: studyMessage("trainingRows"),
			next: studyMessage("racePairs.next"),
		});
	}
	const batch = lanes[0].settings.per_device_train_batch_size;
	const capacities = [train, ...(heldOut === null ? [] : [heldOut])].map((rows) => rows.capacity(batch));
	return {
		tokens: Math.max(...capacities.map(({ tokens }) => tokens)),
		targets: Math.max(...capacities.map(({ targets }) => targets)),
	};
}

export class RaceTrainer {
	private done = 0;
	/** Updates made, lane by lane. */
	private readonly updates: number[];
	private readonly racing: boolean[];

	private constructor(
		private readonly runtime: ModelRuntime,
		private readonly options: RaceOptions,
		readonly lanes: AdapterSlots,
		private readonly training: Plan,
		private readonly laneUpdates: readonly Plan[],
		private readonly evaluation: Plan | null,
	) {
		this.updates = options.lanes.map(() => 0);
		this.racing = options.lanes.map(() => true);
	}

	/** Lays out, allocates and compiles everything the race will use. */
	static async create(runtime: ModelRuntime, options: RaceOptions): Promise<RaceTrainer> {
		const { memory, model } = runtime;
		const lanes = slotsOf(
			options.lanes.map(({ layout }) => layout),
			RACE,
		);
		const capacity = raceCapacity(options);
		for (const name of FLAT) {
			memory.reserve(RACE + name, lanes.size * 4);
			memory.clear(RACE + name);
		}
		memory.reserve(`${RACE}metrics`, lanes.all.length * SLOT_METRICS * 4);
		lanes.all.forEach(({ offset }, lane) => {
			memory.upload(`${RACE}params`, options.lanes[lane].params, offset * 4, lanes.size * 4);
		});
		const [training, evaluation, ...updates] = await Promise.all([
			compilePlan(runtime, planRaceTraining(model, lanes, capacity).graph),
			options.heldOut === null ? null : compilePlan(runtime, raceEvaluationGraph(model, lanes, capacity)),
			...options.lanes.map(({ settings }, lane) => compilePlan(runtime, laneUpdateGraph(lanes, lane, settings))),
		]);
		return new RaceTrainer(runtime, options, lanes, training, updates, evaluation);
	}

	get totalSteps(): number {
		return epochPlan(this.options.train.length, this.shared).totalSteps;
	}

	get step(): number {
		return this.done;
	}

	/** GPU bytes of the race: weights, states and activations of its plans. */
	get peakBytes(): number {
		return this.runtime.gpu.held.bytes;
	}

	/** The next step of every lane: all micro-batches of its window, then each lane's update. */
	async next(): Promise<RaceOutcome> {
		const { train, lanes } = this.options;
		const { memory } = this.runtime;
		const { shared, totalSteps } = this;
		const step = this.done + 1;
		const window = stepWindow(train, shared, step);
		const num_tokens = window.reduce((total, batch) => total + batch.target_ids.length, 0);
		memory.clear(`${RACE}grads`);
		memory.clear(`${RACE}metrics`);
		for (const [index, batch] of window.entries()) {
			await this.pass(this.training, batch, {
				step,
				micro_step: (step - 1) * shared.gradient_accumulation_steps + index,
				seed: shared.seed,
				loss_scale: 1 / num_tokens,
			});
		}
		const rates = lanes.map(({ settings }) => learningRate(settings, step, totalSteps));
		this.laneUpdates.forEach((plan, lane) => {
			if (!this.racing[lane]) return;
			const updates = this.updates[lane] + 1;
			plan.enqueue({
				step,
				learning_rate: rates[lane],
				bias_correction1: 1 - shared.adam_beta1 ** updates,
				bias_correction2: 1 - shared.adam_beta2 ** updates,
			});
		});
		const metrics = await this.metrics();
		this.done = step;
		const outcomes: LaneOutcome[] = [];
		for (const [lane, { lossSum, gradNorm }] of metrics.entries()) {
			const skipped = this.racing[lane] ? await this.skipReason(lane, lossSum, gradNorm) : null;
			if (skipped === null && this.racing[lane]) this.updates[lane]++;
			outcomes.push({ loss: lossSum / num_tokens, grad_norm: gradNorm, learning_rate: rates[lane], skipped });
		}
		return { step, num_tokens, lanes: outcomes };
	}

	/** Leaves a lane as it is from now on. */
	retire(lane: number): void {
		this.racing[lane] = false;
	}

	/** Token-weighted loss of every lane over the held-out rows. */
	async evaluate(): Promise<{ eval_loss: number[]; eval_tokens: number } | null> {
		const { heldOut, lanes } = this.options;
		if (this.evaluation === null || heldOut === null) return null;
		const totals = lanes.map(() => 0);
		let eval_tokens = 0;
		for (const batch of heldOut.batchesInOrder(this.shared.per_device_train_batch_size)) {
			this.runtime.memory.clear(`${RACE}metrics`);
			await this.pass(this.evaluation, batch, {});
			for (const [lane, { lossSum }] of (await this.metrics()).entries()) totals[lane] += lossSum;
			eval_tokens += batch.target_ids.length;
		}
		return { eval_loss: totals.map((total) => total / eval_tokens), eval_tokens };
	}

	/** A lane's flat parameters as they stand. */
	params(lane: number): Promise<Float32Array> {
		return this.windowOf("params", lane);
	}

	/** Frees the plans and all buffers of the race. */
	release(): void {
		for (const plan of [this.training, this.evaluation, ...this.laneUpdates]) plan?.destroy();
		for (const name of [...FLAT, "metrics", ...INPUTS]) this.runtime.memory.release(RACE + name);
	}

	private get shared(): RunSettings {
		return this.options.lanes[0].settings;
	}

	private async pass(plan: Plan, one: TokenBatch, scalars: Parameters<Plan["run"]>[0]): Promise<void> {
		const { memory } = this.runtime;
		const { batch, slotTokens, laneTargets } = stackSlots(one, this.lanes.all.length);
		for (const name of INPUTS) {
			if (batch[name].length > 0 && memory.has(RACE + name)) memory.upload(RACE + name, batch[name]);
		}
		await plan.run({
			...scalars,
			live_tokens: batch.ids.length,
			live_targets: batch.target_ids.length,
			slot_tokens: slotTokens,
			slot_targets: laneTargets,
		});
	}

	private async metrics(): Promise<{ lossSum: number; gradNorm: number }[]> {
		const count = this.lanes.all.length;
		const all = await this.runtime.memory.readFloats(`${RACE}metrics`, 0, count * SLOT_METRICS);
		return this.lanes.all.map((_, lane) => ({
			lossSum: all[lane * SLOT_METRICS + METRICS.lossSum],
			gradNorm: all[lane * SLOT_METRICS + METRICS.gradNorm],
		}));
	}

	private windowOf(name: (typeof FLAT)[number], lane: number): Promise<Float32Array> {
		const { offset, layout } = this.lanes.all[lane];
		return this.runtime.memory.readFloats(RACE + name, offset, layout.size);
	}

	private skipReason(lane: number, lossSum: number, norm: number): Promise<Message | null> {
		return whyNotFinite(this.lanes.all[lane].layout, lossSum, norm, () => this.windowOf("grads", lane));
	}
}
