// Training on preferences. Each micro-batch is judged with the current parameters: its loss is a function of the answers'
// summed log-probabilities, and its derivative with respect to one of them is the weight with which that answer runs backward
// through the ordinary training graph. So memory is that of one answer.

import { TabTuneError } from "../../../shared/errors.ts";
import { type LossRows, lossesOf } from "../../../shared/losses.ts";
import { trainMessage } from "../../../shared/messages/index.ts";
import type { RunSettings, TrainingMetrics } from "../../api.ts";
import type { EncodedDataset } from "../../data/dataset.ts";
import { stepUnits } from "../epochs.ts";
import type { Evaluation, Objective, ObjectiveParts, StepWork } from "../objective.ts";
import type { ModelRuntime } from "../runtime.ts";
import type { Judge, Judged, JudgeParts, JudgeUnits } from "./judge.ts";
import { pairJudge } from "./pairs.ts";
import { ratedJudge } from "./rated.ts";

/** The judge for rows of a kind. */
export function judgeOf(runtime: ModelRuntime, kind: LossRows, parts: JudgeParts): Promise<Judge> {
	return kind === "rated" ? ratedJudge(runtime, parts) : pairJudge(runtime, parts);
}

/** The losses of all units, in the order of the file. */
export async function evaluatePreferences(
	rows: EncodedDataset,
	judge: JudgeUnits,
	{ per_device_train_batch_size: size }: Pick<RunSettings, "per_device_train_batch_size">,
): Promise<Evaluation & { readonly metrics: TrainingMetrics }> {
	const judged: Sized[] = [];
	for (let first = 0; first < rows.length; first += size) {
		const units = Array.from({ length: Math.min(size, rows.length - first) }, (_, i) => first + i);
		judged.push({ ...(await judge(units)), units: units.length });
	}
	return { eval_loss: meanOf(judged, ({ loss }) => loss), eval_tokens: rows.trainedTokens, metrics: metricsOf(judged) };
}

/** @throws TabTuneError "data" if the held-out rows are of another kind, "usage" for settings that do not fit */
export function requirePreferences({
	settings,
	train,
	heldOut,
}: Pick<ObjectiveParts, "settings" | "train" | "heldOut">): void {
	if (heldOut !== null && heldOut.kind !== train.kind) {
		throw new TabTuneError("data", {
			what: trainMessage(train.inPairs ? "trainPairs" : "heldOutKind"),
			where: trainMessage("heldOutRows"),
			next: trainMessage(train.inPairs ? "trainPairs.next" : "heldOutPairs.next"),
		});
	}
	const [loss] = lossesOf(settings.loss_type, train.kind);
	if (loss === "kto" && Math.min(settings.per_device_train_batch_size, train.length) === 1) {
		throw new TabTuneError("usage", {
			what: trainMessage("ktoBatch"),
			where: trainMessage("theSettings"),
			next: trainMessage("ktoBatch.next"),
		});
	}
	// TRL's disable_dropout: all answers and the reference use the same model.
	if (settings.lora_dropout > 0) {
		throw new TabTuneError("usage", {
			what: trainMessage("pairsDropout", { value: settings.lora_dropout }),
			where: trainMessage("theSettings"),
			next: trainMessage("pairsDropout.next"),
		});
	}
}

/** A run's objective on preferences. */
export class PreferenceLoss implements Objective {
	private constructor(
		private readonly judge: Judge,
		private readonly settings: RunSettings,
		private readonly train: EncodedDataset,
		private readonly judgeTrained: JudgeUnits,
		private readonly evaluated: () => Promise<Evaluation | null>,
	) {}

	static async create(
		runtime: ModelRuntime,
		{ layout, settings, train, heldOut, capacity }: ObjectiveParts,
	): Promise<PreferenceLoss> {
		const judge = await judgeOf(runtime, train.kind, { layout, settings, capacity });
		const judgeHeldOut = heldOut && judge.of(heldOut);
		return new PreferenceLoss(
			judge,
			settings,
			train,
			judge.of(train),
			async () => heldOut && judgeHeldOut && evaluatePreferences(heldOut, judgeHeldOut, settings),
		);
	}

	async work(step: number): Promise<StepWork> {
		const judged: Sized[] = [];
		for (const units of stepUnits(this.train, this.settings, step))
			judged.push({ ...(await this.judgeTrained(units)), units: units.length });
		const total = judged.reduce((sum, { units }) => sum + units, 0);
		return {
			parts: judged.flatMap(({ parts, units }) =>
				parts.map(({ batch, loss_scale }) => ({ batch, loss_scale: (loss_scale * units) / total })),
			),
			num_tokens: judged.reduce((sum, { tokens }) => sum + tokens, 0),
			loss: meanOf(judged, ({ loss }) => loss),
			metrics: metricsOf(judged),
		};
	}

	evaluate(): Promise<Evaluation | null> {
		return this.evaluated();
	}

	release(): void {
		this.judge.release();
	}
}

/** A judged micro-batch and its number of units. */
type Sized = Judged & { readonly units: number };

/** The mean over units: micro-batches count by their size, so that a partial one does not count more. */
function meanOf(judged: readonly Sized[], of: (batch: Sized) => number): number {
	const total = judged.reduce((sum, { units }) => sum + units, 0);
	return judged.reduce((sum, batch) => sum + batch.units * of(batch), 0) / total;
}

/** The mean of each metric over the micro-batches that have it. */
function metricsOf(judged: readonly Sized[]): TrainingMetrics {
	const names = new Set(judged.flatMap(({ metrics }) => Object.keys(metrics)));
	return Object.fromEntries(
		[...names].map((name) => [
			name,
			meanOf(
				judged.filter(({ metrics }) => name in metrics),
				({ metrics }) => metrics[name],
			),
		]),
	);
}
