// Divides rows into steps: epochs of micro-batches, and windows of gradient_accumulation_steps, of which the last may be partial.

import { plannedSteps } from "../../shared/settings.ts";
import type { RunSettings } from "../api.ts";
import type { EncodedDataset, TokenBatch } from "../data/dataset.ts";

export type Pace = Pick<
	RunSettings,
	"per_device_train_batch_size" | "gradient_accumulation_steps" | "max_steps" | "num_train_epochs"
>;

export interface EpochPlan {
	readonly microBatches: number; // per epoch
	readonly stepsPerEpoch: number;
	readonly totalSteps: number;
}

/** Counts for `rows` rows: ceil(rows / batch) micro-batches and ceil(that / accumulation) steps an epoch, as transformers' Trainer. */
export function epochPlan(rows: number, settings: Pace): EpochPlan {
	const microBatches = Math.ceil(rows / settings.per_device_train_batch_size);
	const stepsPerEpoch = Math.ceil(microBatches / settings.gradient_accumulation_steps);
	return { microBatches, stepsPerEpoch, totalSteps: plannedSteps(settings, stepsPerEpoch) };
}

type Order = Pace & Pick<RunSettings, "shuffle" | "seed"> & Partial<Pick<RunSettings, "group_by_length">>;

/** The micro-batches of step `step` (from 1): `count` of epoch `epoch`, starting at `first`, both counted from 0. */
function windowOf(rows: number, settings: Pace, step: number): { epoch: number; first: number; count: number } {
	const { microBatches, stepsPerEpoch } = epochPlan(rows, settings);
	const first = ((step - 1) % stepsPerEpoch) * settings.gradient_accumulation_steps;
	const count = Math.min(microBatches - first, settings.gradient_accumulation_steps);
	return { epoch: Math.floor((step - 1) / stepsPerEpoch), first, count };
}

/** The micro-batches of step `step` (from 1). */
export function stepWindow(train: EncodedDataset, settings: Order, step: number): TokenBatch[] {
	const { epoch, first, count } = windowOf(train.length, settings, step);
	return Array.from({ length: count }, (_, i) => train.microBatch(epoch, first + i, settings));
}

/** The units of each micro-batch of step `step` (from 1), in the order they are trained. */
export function stepUnits(train: EncodedDataset, settings: Order, step: number): number[][] {
	const { epoch, first, count } = windowOf(train.length, settings, step);
	return Array.from({ length: count }, (_, i) => [...train.microBatchUnits(epoch, first + i, settings)]);
}
