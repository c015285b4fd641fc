// Scores answers instead of the loss: the base and the tuned model answer every question greedily, or the likelihood of
// each choice is compared. The rules are in data/answers.ts.

import { TabTuneError } from "../../shared/errors.ts";
import { studyMessage } from "../../shared/messages/index.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import { layoutAt, virtualTokensAt } from "../adapters/layout.ts";
import type { JudgedAnswer, JudgedChoice, JudgedLikelihood, JudgedText, ScoreTotals } from "../api-score.ts";
import { type AnswerRule, type Question, questionOf } from "../data/answers.ts";
import type { ChoiceQuestion } from "../data/choices.ts";
import { EncodedDataset } from "../data/dataset.ts";
import { targetCount } from "../data/row-store.ts";
import { evaluateBatches } from "./batches.ts";
import { Generator } from "./generator.ts";
import { evaluationGraph } from "./graphs.ts";
import { compilePlan, type ModelRuntime } from "./runtime.ts";
import type { TextProcessor } from "./text-processor.ts";

/** Called after each row; returning false stops. */
export type OnJudged<Row> = (row: Row, done: number, total: number) => boolean | Promise<boolean>;

/**
 * Answers each question at temperature 0 with the base and, if there is one, with the adapter.
 * @param max_new_tokens maximum length of an answer
 */
export async function judgeAnswers(
	runtime: ModelRuntime,
	adapter: AdapterLayout | null,
	textProcessor: TextProcessor,
	questions: readonly Question[],
	rule: AnswerRule,
	max_new_tokens: number,
	onRow: OnJudged<JudgedAnswer> = () => true,
): Promise<JudgedAnswer[]> {
	if (questions.length === 0) throw nothingAsked();
	const longest = Math.max(...questions.map(({ input_ids }) => input_ids.length));
	const cacheLength = Math.min(
		runtime.model.config.max_position_embeddings,
		(adapter?.virtualTokens ?? 0) + longest + max_new_tokens,
	);
	const generator = await Generator.create(runtime, adapter, cacheLength);
	const answer = (question: Question, adapterStrength: number) =>
		judgeAnswer(generator, textProcessor, question, rule, max_new_tokens, adapterStrength);
	const judged: JudgedAnswer[] = [];
	try {
		for (const question of questions) {
			const { prompt, expected } = question;
			const row = {
				prompt,
				expected,
				base: await answer(question, 0),
				tuned: adapter === null ? null : await answer(question, 1),
			};
			judged.push(row);
			if (!(await onRow(row, judged.length, questions.length))) break;
		}
	} finally {
		generator.release();
	}
	return judged;
}

/** Answers one question at temperature 0. */
async function judgeAnswer(
	generator: Generator,
	{ eos, tokenizer }: TextProcessor,
	{ input_ids, expected }: Question,
	rule: AnswerRule,
	max_new_tokens: number,
	adapterStrength: number,
): Promise<JudgedText> {
	const sampling = { max_new_tokens, temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength };
	const { output_ids } = await generator.generate(input_ids, sampling, eos, () => true);
	const text = tokenizer.decode(output_ids, { skipSpecialTokens: true }).trim();
	return { text, right: rule(text, expected) };
}

/** What is scored at the evaluations of a run. */
export interface ScoredQuestions {
	readonly questions: readonly Question[];
	readonly rule: AnswerRule;
	readonly max_new_tokens: number;
	readonly textProcessor: TextProcessor;
}

/**
 * The questions in held-out rows.
 * @param rows encoded so that only answers are trained
 * @throws TabTuneError "data" if no row has a prompt and an answer
 */
export function scoredQuestions(rows: EncodedDataset, textProcessor: TextProcessor): Question[] {
	const single = rows.chosen();
	const questions = Array.from({ length: single.length }, (_, unit) => single.unit(unit)[0]).flatMap(
		(row) => questionOf(row, textProcessor.tokenizer) ?? [],
	);
	if (questions.length === 0) throw nothingAsked();
	return questions;
}

/** The settings with which rows are encoded whose answers are scored, whatever part of them is trained. */
export const scoringSettings = <T extends object>(settings: T) => ({
	...settings,
	assistant_only_loss: true,
	completion_only_loss: true,
	packing: false,
});

/** The positions that questions and answers need. */
export const scoredLength = ({ questions, max_new_tokens }: ScoredQuestions): number =>
	Math.max(...questions.map(({ input_ids }) => input_ids.length)) + max_new_tokens;

/** The share of questions that the adapter on the GPU answers correctly. */
export async function scoreAnswers(
	generator: Generator,
	{ questions, rule, max_new_tokens, textProcessor }: ScoredQuestions,
): Promise<number> {
	const judged: boolean[] = [];
	for (const question of questions)
		judged.push((await judgeAnswer(generator, textProcessor, question, rule, max_new_tokens, 1)).right);
	return share(judged) ?? 0;
}

/** Likelihoods of each choice under the base and the tuned model. One plan each, for all lengths. */
export async function judgeChoices(
	runtime: ModelRuntime,
	adapter: AdapterLayout | null,
	questions: readonly ChoiceQuestion[],
	onRow: OnJudged<JudgedChoice> = () => true,
): Promise<JudgedChoice[]> {
	if (questions.length === 0) throw nothingAsked();
	const all = EncodedDataset.of(questions.flatMap(({ rows }) => rows));
	const sideOf = async (strength: number) => {
		const layout = layoutAt(adapter, strength);
		const virtual = virtualTokensAt(layout, strength);
		const plan = await compilePlan(
			runtime,
			evaluationGraph(runtime.model, layout, all.withVirtualTokens(virtual).capacity(1)),
		);
		const likelihood = async ({ rows }: ChoiceQuestion): Promise<JudgedLikelihood> => {
			const logprobs: number[] = [];
			for (const row of rows) {
				const batches = EncodedDataset.of([row]).withVirtualTokens(virtual).batchesInOrder(1);
				const { eval_loss, eval_tokens } = await evaluateBatches(runtime, plan, batches, strength);
				logprobs.push(-eval_loss * eval_tokens);
			}
			const tokens = rows.map(({ labels }) => targetCount(labels));
			return {
				logprobs,
				tokens,
				chosen: largest(logprobs),
				chosenPerToken: largest(logprobs.map((sum, i) => sum / tokens[i])),
			};
		};
		return { likelihood, release: () => plan.destroy() };
	};
	const judged: JudgedChoice[] = [];
	const base = await sideOf(0);
	const tuned = adapter === null ? null : await sideOf(1);
	try {
		for (const question of questions) {
			const { prompt, choices, right } = question;
			const row = {
				prompt,
				choices: [...choices],
				right,
				base: await base.likelihood(question),
				tuned: tuned === null ? null : await tuned.likelihood(question),
			};
			judged.push(row);
			if (!(await onRow(row, judged.length, questions.length))) break;
		}
	} finally {
		base.release();
		tuned?.release();
	}
	return judged;
}

export function answerTotals(rows: readonly JudgedAnswer[]): ScoreTotals {
	const tuned = rows.flatMap((row) => (row.tuned === null ? [] : [row.tuned.right]));
	return {
		rows: rows.length,
		base: share(rows.map(({ base }) => base.right)) ?? 0,
		tuned: share(tuned),
		basePerToken: null,
		tunedPerToken: null,
	};
}

export function choiceTotals(rows: readonly JudgedChoice[]): ScoreTotals {
	const right = (side: "base" | "tuned", by: "chosen" | "chosenPerToken") =>
		share(rows.flatMap((row) => (row[side] === null ? [] : [row[side][by] === row.right])));
	return {
		rows: rows.length,
		base: right("base", "chosen") ?? 0,
		tuned: right("tuned", "chosen"),
		basePerToken: right("base", "chosenPerToken"),
		tunedPerToken: right("tuned", "chosenPerToken"),
	};
}

function share(flags: readonly boolean[]): number | null {
	return flags.length === 0 ? null : flags.filter((flag) => flag).length / flags.length;
}

function largest(values: readonly number[]): number {
	return values.indexOf(Math.max(...values));
}

function nothingAsked(): TabTuneError {
	return new TabTuneError("data", {
		what: studyMessage("noQuestions"),
		where: studyMessage("rowsToScore"),
		next: studyMessage("noQuestions.next"),
	});
}
