// Judges rated answers: log-probabilities of the answers and, for KTO, of each prompt with the answer before it in the micro-batch;
// the loss of rated-losses.ts, and TRL's metrics.

import { lossesOf } from "../../../shared/losses.ts";
import type { EncodedDataset } from "../../data/dataset.ts";
import type { ModelRuntime } from "../runtime.ts";
import { type Judge, type JudgeParts, partOf } from "./judge.ts";
import { type LogProbabilities, PolicyAndReference } from "./log-probabilities.ts";
import { klOf, type RatedAnswer, ratedLoss, ratedMetrics } from "./rated-losses.ts";

export async function ratedJudge(runtime: ModelRuntime, parts: JudgeParts): Promise<Judge> {
	const { settings, layout } = parts;
	const models = await PolicyAndReference.create(runtime, parts, true);
	const estimatesKl = lossesOf(settings.loss_type, "rated").includes("kto");
	return {
		of(rows: EncodedDataset) {
			const score = models.of(rows);
			const trained = rows.withVirtualTokens(layout?.virtualTokens ?? 0);
			const scoreMismatched = (unit: number, other: number) =>
				score(`${unit} ${other}`, (of) => of.mismatched(unit, other, settings.max_length));
			return async (units) => {
				const answers: RatedAnswer[] = [];
				const mismatched: LogProbabilities[] = [];
				for (const [place, unit] of units.entries()) {
					const { good } = trained.answer(unit);
					answers.push({ ...(await score(`${unit}`, (of) => of.answer(unit).answer)), good });
					// As KTOTrainer rotates the completions of a batch by one.
					if (estimatesKl) mismatched.push(await scoreMismatched(unit, units.at(place - 1) ?? unit));
				}
				const kl = estimatesKl ? klOf(mismatched) : 0;
				const { loss, slopes } = ratedLoss(answers, kl, settings);
				const batches = units.map((unit) => trained.answer(unit).answer);
				return {
					loss,
					metrics: ratedMetrics(answers, estimatesKl ? kl : null, settings.beta),
					parts: batches.flatMap((batch, i) => partOf(batch, -slopes[i])),
					tokens: batches.reduce((total, { target_ids }) => total + target_ids.length, 0),
				};
			};
		},
		release: () => models.release(),
	};
}
