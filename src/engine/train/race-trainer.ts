// Trains several adapters at once on the GPU: slots that differ in rank, scaling and learning rate train on the same rows
// in the same order over one frozen base. Each slot has the same results as a single run (trainer.ts). The loop is race.ts.

import { TabTuneError } from "../../shared/errors.ts";
import { studyMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import { type AdapterSlots, slotsOf } from "../adapters/adapter-slots.ts";
import type { RunSettings } from "../api.ts";
import type { EncodedDataset, TokenBatch } from "../data/dataset.ts";
import { stackSlots } from "../data/slot-batch.ts";
import type { Plan } from "../executor/plan.ts";
import { epochPlan, stepWindow } from "./epochs.ts";
import { type BatchCapacity, METRICS } from "./graphs.ts";
import { whyNotFinite } from "./not-finite.ts";
import { raceEvaluationGraph, SLOT_METRICS, slotUpdateGraph } from "./race-graphs.ts";
import { planRaceTraining } from "./race-plan.ts";
import { compilePlan, type ModelRuntime } from "./runtime.ts";
import { learningRate } from "./schedule.ts";

/** Prefix of the names of a race's buffers. */
const RACE = "race.";
const INPUTS = ["ids", "positions", "kv_start", "kv_last", "q_end", "target_rows", "target_ids"] as const;
const FLAT = ["params", "grads", "exp_avg", "exp_avg_sq"] as const;

export interface SlotStart {
	readonly settings: RunSettings;
	readonly layout: AdapterLayout;
	/** Initial flat parameters. */
	readonly params: Float32Array;
}

export interface RaceOptions {
	/** The settings of the slots may differ only in r, lora_alpha and learning_rate. */
	readonly slots: readonly SlotStart[];
	readonly train: EncodedDataset;
	readonly heldOut: EncodedDataset | null;
}

export interface SlotOutcome {
	readonly loss: number;
	readonly grad_norm: number;
	readonly learning_rate: number;
	/** Why the update was skipped; null if it was applied. */
	readonly skipped: Message | null;
}

export interface RaceOutcome {
	readonly step: number;
	/** Number of targets of one slot. */
	readonly num_tokens: number;
	readonly slots: readonly SlotOutcome[];
}

/** Capacity that a slot needs. */
export function raceCapacity({
	slots,
	train,
	heldOut,
}: Pick<RaceOptions, "train" | "heldOut"> & { slots: readonly Pick<SlotStart, "settings">[] }): BatchCapacity {
	if (train.kind !== "rows") {
		throw new TabTuneError("data", {
			what: studyMessage("racePairs"),
			where: studyMessage("trainingRows"),
			next: studyMessage("racePairs.next"),
		});
	}
	const batch = slots[0].settings.per_device_train_batch_size;
	const capacities = [train, ...(heldOut === null ? [] : [heldOut])].map((rows) => rows.capacity(batch));
	return {
		tokens: Math.max(...capacities.map(({ tokens }) => tokens)),
		targets: Math.max(...capacities.map(({ targets }) => targets)),
	};
}

export class RaceTrainer {
	private done = 0;
	/** Number of updates applied to each slot. */
	private readonly updates: number[];
	private readonly racing: boolean[];

	private constructor(
		private readonly runtime: ModelRuntime,
		private readonly options: RaceOptions,
		readonly slots: AdapterSlots,
		private readonly training: Plan,
		private readonly slotUpdates: readonly Plan[],
		private readonly evaluation: Plan | null,
	) {
		this.updates = options.slots.map(() => 0);
		this.racing = options.slots.map(() => true);
	}

	/** Lays out, allocates and compiles everything the race will use. */
	static async create(given: ModelRuntime, options: RaceOptions): Promise<RaceTrainer> {
		const { memory, model } = given;
		const slots = slotsOf(
			options.slots.map(({ layout }) => layout),
			RACE,
		);
		const capacity = raceCapacity(options);
		const graph = planRaceTraining(model, slots, capacity, options.slots[0].settings).graph;
		const updateGraphs = options.slots.map(({ settings }, slot) => slotUpdateGraph(slots, slot, settings));
		const { selfTested } = await import("./self-test/self-test.ts");
		const { runtime } = await selfTested(given, [graph, ...updateGraphs]);
		for (const name of FLAT) {
			memory.reserve(RACE + name, slots.size * 4);
			memory.clear(RACE + name);
		}
		memory.reserve(`${RACE}metrics`, slots.all.length * SLOT_METRICS * 4);
		slots.all.forEach(({ offset }, slot) => {
			memory.upload(`${RACE}params`, options.slots[slot].params, offset * 4, slots.size * 4);
		});
		const [training, evaluation, ...updates] = await Promise.all([
			compilePlan(runtime, graph),
			options.heldOut === null ? null : compilePlan(runtime, raceEvaluationGraph(model, slots, capacity)),
			...updateGraphs.map((one) => compilePlan(runtime, one)),
		]);
		return new RaceTrainer(runtime, options, slots, training, updates, evaluation);
	}

	get totalSteps(): number {
		return epochPlan(this.options.train.length, this.shared).totalSteps;
	}

	get step(): number {
		return this.done;
	}

	/** GPU bytes of the race: weights, states and activations of its plans. */
	get peakBytes(): number {
		return this.runtime.gpu.allocated.bytes;
	}

	/** Runs the next step of every slot: all its micro-batches, then each slot's update. */
	async next(): Promise<RaceOutcome> {
		const { train, slots } = this.options;
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
		const rates = slots.map(({ settings }) => learningRate(settings, step, totalSteps));
		this.slotUpdates.forEach((plan, slot) => {
			if (!this.racing[slot]) return;
			const updates = this.updates[slot] + 1;
			plan.enqueue({
				step,
				learning_rate: rates[slot],
				bias_correction1: 1 - shared.adam_beta1 ** updates,
				bias_correction2: 1 - shared.adam_beta2 ** updates,
			});
		});
		const metrics = await this.metrics();
		this.done = step;
		const outcomes: SlotOutcome[] = [];
		for (const [slot, { lossSum, gradNorm }] of metrics.entries()) {
			const skipped = this.racing[slot] ? await this.skipReason(slot, lossSum, gradNorm) : null;
			if (skipped === null && this.racing[slot]) this.updates[slot]++;
			outcomes.push({ loss: lossSum / num_tokens, grad_norm: gradNorm, learning_rate: rates[slot], skipped });
		}
		return { step, num_tokens, slots: outcomes };
	}

	/** Stops updating a slot. */
	retire(slot: number): void {
		this.racing[slot] = false;
	}

	/** Token-weighted loss of every slot over the held-out rows. */
	async evaluate(): Promise<{ eval_loss: number[]; eval_tokens: number } | null> {
		const { heldOut, slots } = this.options;
		if (this.evaluation === null || heldOut === null) return null;
		const totals = slots.map(() => 0);
		let eval_tokens = 0;
		for (const batch of heldOut.batchesInOrder(this.shared.per_device_train_batch_size)) {
			this.runtime.memory.clear(`${RACE}metrics`);
			await this.pass(this.evaluation, batch, {});
			for (const [slot, { lossSum }] of (await this.metrics()).entries()) totals[slot] += lossSum;
			eval_tokens += batch.target_ids.length;
		}
		return { eval_loss: totals.map((total) => total / eval_tokens), eval_tokens };
	}

	/** The current flat parameters of a slot. */
	params(slot: number): Promise<Float32Array> {
		return this.windowOf("params", slot);
	}

	/** Frees the plans and all buffers of the race. */
	release(): void {
		for (const plan of [this.training, this.evaluation, ...this.slotUpdates]) plan?.destroy();
		for (const name of [...FLAT, "metrics", ...INPUTS]) this.runtime.memory.release(RACE + name);
	}

	private get shared(): RunSettings {
		return this.options.slots[0].settings;
	}

	private async pass(plan: Plan, one: TokenBatch, scalars: Parameters<Plan["run"]>[0]): Promise<void> {
		const { memory } = this.runtime;
		const { batch, slotTokens, slotTargets } = stackSlots(one, this.slots.all.length);
		for (const name of INPUTS) {
			if (batch[name].length > 0 && memory.has(RACE + name)) memory.upload(RACE + name, batch[name]);
		}
		await plan.run({
			...scalars,
			live_tokens: batch.ids.length,
			live_targets: batch.target_ids.length,
			slot_tokens: slotTokens,
			slot_targets: slotTargets,
		});
	}

	private async metrics(): Promise<{ lossSum: number; gradNorm: number }[]> {
		const count = this.slots.all.length;
		const all = await this.runtime.memory.readFloats(`${RACE}metrics`, 0, count * SLOT_METRICS);
		return this.slots.all.map((_, slot) => ({
			lossSum: all[slot * SLOT_METRICS + METRICS.lossSum],
			gradNorm: all[slot * SLOT_METRICS + METRICS.gradNorm],
		}));
	}

	private windowOf(name: (typeof FLAT)[number], slot: number): Promise<Float32Array> {
		const { offset, layout } = this.slots.all[slot];
		return this.runtime.memory.readFloats(RACE + name, offset, layout.size);
	}

	private skipReason(slot: number, lossSum: number, norm: number): Promise<Message | null> {
		return whyNotFinite(this.slots.all[slot].layout, lossSum, norm, () => this.windowOf("grads", slot));
	}
}
