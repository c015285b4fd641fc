// The `score` command: counts correct answers of base and tuned model, row by row: expected words, valid JSON, a regular
// expression, or the likeliest of several choices.

import { basename } from "node:path";
import { textCapacity } from "../../engine/adapters/methods/prompt.ts";
import { answerRule, questionOf } from "../../engine/data/answers.ts";
import { readChoices } from "../../engine/data/choices.ts";
import { detectData } from "../../engine/data/detect-format.ts";
import { encodingWarnings } from "../../engine/data/encoding-warnings.ts";
import { answerTotals, choiceTotals, judgeAnswers, judgeChoices } from "../../engine/train/score.ts";
import { textOf } from "../../shared/messages/message.ts";
import { need, numberOr, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { dataFiles, encodeRows } from "../data.ts";
import { fileBlob } from "../node-files.ts";
import { loadParams, openModelAndAdapter, processorOf, startGpu } from "../open.ts";
import { result, say, snakeCase } from "../output.ts";
import { settingsOf } from "../settings-given.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

const METRICS = ["exact-match", "choice", "json", "regex"] as const;

export const scoreCommand: Command = {
	name: "score",
	summary: `count correct answers: --model M --data F [--adapter DIR] --metric ${METRICS.join("|")} [--pattern RE] [--max-new-tokens N]`,
	options: { ...MODEL_OPTIONS, data: "text", metric: "text", pattern: "text", "max-new-tokens": "number" },
	acceptsSettings: false,
	async run(args) {
		const path = need(args, "data");
		const metric = METRICS.find((name) => name === (text(args, "metric") ?? "exact-match"));
		if (metric === undefined)
			throw cliError("usage", {
				what: `--metric is "${text(args, "metric")}"`,
				where: "tabtune score",
				next: `use one of ${METRICS.join(", ")}`,
			});
		const max_new_tokens = numberOr(args, "max-new-tokens", 128);
		if (!Number.isInteger(max_new_tokens) || max_new_tokens < 1)
			throw cliError("usage", {
				what: `--max-new-tokens is ${max_new_tokens}`,
				where: "tabtune score",
				next: "use a whole number of 1 or more",
			});
		const rule = metric === "choice" ? null : answerRule(metric, text(args, "pattern"));
		const { model, adapter } = await openModelAndAdapter(args);
		const language = await processorOf(model);
		const settings = { ...(await settingsOf(args, {})), assistant_only_loss: true, completion_only_loss: true };
		const max_length = textCapacity(model.config, settings);
		const layout = adapter?.layout ?? null;
		const count = (done: number) => {
			if (done % 10 === 0) say(`${done} rows`);
			return true;
		};
		if (rule === null) {
			const source = await detectData(await fileBlob(path), basename(path));
			for (const warning of encodingWarnings(source)) say(`warning: ${textOf(warning)}`);
			const questions = await readChoices(source, {
				...language,
				vocabSize: model.config.vocab_size,
				settings: { ...settings, max_length },
			});
			const runtime = await startGpu(model);
			loadParams(runtime, adapter);
			const rows = await judgeChoices(runtime, layout, questions, (_, done) => count(done));
			return result(snakeCase({ metric, ...choiceTotals(rows), details: rows }));
		}
		const encoded = await encodeRows(model, dataFiles(args, "data"), { ...settings, max_length, packing: false });
		const questions = Array.from({ length: encoded.length }, (_, i) => encoded.unit(i)[0]).flatMap(
			(row) => questionOf(row, language.tokenizer) ?? [],
		);
		const runtime = await startGpu(model);
		loadParams(runtime, adapter);
		const rows = await judgeAnswers(runtime, layout, language, questions, rule, max_new_tokens, (_, done) =>
			count(done),
		);
		return result(
			snakeCase({ metric, ...answerTotals(rows), skipped: encoded.length - questions.length, details: rows }),
		);
	},
};
