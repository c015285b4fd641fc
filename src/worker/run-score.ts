// The held-out rows that a run on the page scores at its evaluations. Imported if a run asks for a score.
import type { DataSource, RunSettings } from "../engine/api.ts";
import { answerRule } from "../engine/data/answers.ts";
import { scoreRule } from "../engine/train/best.ts";
import { type ScoredQuestions, scoredQuestions, scoringSettings } from "../engine/train/score.ts";
import { TabTuneError } from "../shared/errors.ts";
import { bestMessage } from "../shared/messages/index.ts";
import type { DataCache } from "./data-cache.ts";
import type { OpenModel } from "./open-model.ts";

/**
 * Null without held-out rows, which the run refuses.
 * @throws TabTuneError "tokenizer" without a tokenizer, "data" if no row has a prompt and an answer
 */
export async function questionsOf(
	{ runtime: { model }, textProcessor }: OpenModel,
	data: DataCache,
	source: DataSource,
	heldOut: DataSource | number,
	settings: RunSettings,
): Promise<ScoredQuestions | null> {
	const name = scoreRule(settings);
	if (name === null) return null;
	if (textProcessor === null)
		throw new TabTuneError("tokenizer", {
			what: bestMessage("noScore"),
			where: model.name,
			next: bestMessage("noScore.next"),
		});
	const rule = answerRule(name, settings.score_pattern ?? undefined);
	const rows = (await data.get(model, textProcessor, source, heldOut, scoringSettings(settings))).heldOut;
	if (rows === null) return null;
	const { score_max_new_tokens: max_new_tokens } = settings;
	return { questions: scoredQuestions(rows, textProcessor), rule, max_new_tokens, textProcessor };
}
