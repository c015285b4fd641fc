// Scores answers on the page. Imported on demand; the scoring is train/score.ts.
import "./trusted.ts";
import type { ScoreReport, ScoreRequest } from "../engine/api.ts";
import { answerRule, questionOf } from "../engine/data/answers.ts";
import { readChoices } from "../engine/data/choices.ts";
import { answerTotals, choiceTotals, judgeAnswers, judgeChoices } from "../engine/train/score.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerLabMessage, workerMessage } from "../shared/messages/index.ts";
import { type DataCache, encodeOptions } from "./data-cache.ts";
import type { OpenModel } from "./open-model.ts";

export async function scoreRows(
	{ runtime, textProcessor, answers, activeAdapter }: OpenModel,
	data: DataCache,
	request: ScoreRequest,
	onRow: (done: number, total: number) => boolean | Promise<boolean>,
): Promise<ScoreReport> {
	if (textProcessor === null)
		throw new TabTuneError("tokenizer", {
			what: workerMessage("noTokenizer"),
			where: "tokenizer.json",
			next: workerMessage("noTokenizer.next"),
		});
	// Only the answers are scored, whatever part of the rows is trained.
	const settings = { ...request.settings, assistant_only_loss: true, completion_only_loss: true, packing: false };
	const { metric, pattern, choices, max_new_tokens } = request;
	const { layout } = activeAdapter;
	const reportRow = (_: unknown, done: number, total: number) => onRow(done, total);
	if (metric === "choice") {
		if (choices === null)
			throw new TabTuneError("data", {
				what: workerLabMessage("noChoices"),
				where: workerLabMessage("rowsToScore"),
				next: workerLabMessage("noChoices.next"),
			});
		const questions = await readChoices(choices, encodeOptions(runtime.model, textProcessor, settings));
		const rows = await answers.alone(() => judgeChoices(runtime, layout, questions, reportRow));
		return { totals: choiceTotals(rows), answers: [], choices: rows, skipped: 0 };
	}
	const rule = answerRule(metric, pattern);
	const { heldOut } = await data.get(runtime.model, textProcessor, request.data, request.heldOut, settings);
	if (heldOut === null)
		throw new TabTuneError("data", {
			what: workerLabMessage("scoreNoRows"),
			where: workerLabMessage("rowsToScore"),
			next: workerLabMessage("noHeldOut.next"),
		});
	const questions = Array.from({ length: heldOut.length }, (_, i) => heldOut.unit(i)[0]).flatMap(
		(row) => questionOf(row, textProcessor.tokenizer) ?? [],
	);
	const rows = await answers.alone(() =>
		judgeAnswers(runtime, layout, textProcessor, questions, rule, max_new_tokens, reportRow),
	);
	return { totals: answerTotals(rows), answers: rows, choices: [], skipped: heldOut.length - questions.length };
}
