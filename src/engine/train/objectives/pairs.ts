// Judges pairs of answers: log-probabilities of both, the loss of pair-losses.ts, and TRL's metrics.

import { comparesWithReference } from "../../../shared/losses.ts";
import type { EncodedDataset, TokenBatch } from "../../data/dataset.ts";
import type { ModelRuntime } from "../runtime.ts";
import { type Judge, type JudgeParts, partOf } from "./judge.ts";
import { PolicyAndReference } from "./log-probabilities.ts";
import { type Answer, type AnswerPair, pairMetrics, pairsLoss } from "./pair-losses.ts";

export async function pairJudge(runtime: ModelRuntime, parts: JudgeParts): Promise<Judge> {
	const { settings, layout } = parts;
	const models = await PolicyAndReference.create(runtime, parts, comparesWithReference(settings.loss_type));
	return {
		of(rows: EncodedDataset) {
			const score = models.of(rows);
			const trained = rows.withVirtualTokens(layout?.virtualTokens ?? 0);
			const answer = async (unit: number, name: keyof Answers): Promise<Answer> => {
				const tokens = answersOf(trained, unit)[name].target_ids.length;
				if (tokens === 0) return { logp: 0, ref: 0, tokens };
				return { ...(await score(`${unit} ${name}`, (of) => answersOf(of, unit)[name])), tokens };
			};
			return async (units) => {
				const pairs: AnswerPair[] = [];
				for (const unit of units)
					pairs.push({
						chosen: await answer(unit, "chosen"),
						rejected: await answer(unit, "rejected"),
						...(settings.loss_type === "orpo" ? { prompt: await answer(unit, "prompt") } : {}),
					});
				const { loss, slopes } = pairsLoss(pairs, settings);
				return {
					loss,
					metrics: pairMetrics(pairs, settings),
					parts: units.flatMap((unit, i) => {
						const { chosen, rejected, prompt } = answersOf(trained, unit);
						return [
							...partOf(chosen, -slopes[i].chosen),
							...partOf(rejected, -slopes[i].rejected),
							...(pairs[i].prompt?.tokens ? partOf(prompt, -slopes[i].prompt) : []),
						];
					}),
					tokens: pairs.reduce((total, { chosen, rejected }) => total + chosen.tokens + rejected.tokens, 0),
				};
			};
		},
		release: () => models.release(),
	};
}

/** The batches of a pair; `prompt` has the chosen row with its other tokens as targets. */
interface Answers {
	readonly chosen: TokenBatch;
	readonly rejected: TokenBatch;
	readonly prompt: TokenBatch;
}

const answersOf = (rows: EncodedDataset, unit: number): Answers => ({
	...rows.pair(unit),
	prompt: rows.promptOf(unit),
});
