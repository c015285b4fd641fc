// The `merge-study` command: helps to choose the form in which to publish an adapter of a quantised base. For each format, it
// measures held-out loss and answers with the separate adapter, merged in 16 bits, and merged and quantised again.
import { join } from "node:path";
import { settingsFixedBy } from "../../engine/adapters/adapter-files.ts";
import { Gpu } from "../../engine/device/gpu.ts";
import { nodeGpu } from "../../engine/device/node-gpu.ts";
import { QUANTISED_FORMATS, widthMultiple } from "../../engine/kernels/weight-format.ts";
import { type MergeStudyRow, mergeStudyTable, studyMerges } from "../../engine/train/merge-study.ts";
import { openTextProcessorIfAny } from "../../engine/train/text-processor.ts";
import { need, numberOr, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { dataFiles, encodeRows } from "../data.ts";
import { writeWhole } from "../node-files.ts";
import { openModel, openModelAndAdapter } from "../open.ts";
import { result, say } from "../output.ts";
import { settingsOf } from "../settings-given.ts";
import { type Command, DATA_OPTIONS } from "./command.ts";

export const mergeStudyCommand: Command = {
	name: "merge-study",
	summary:
		"compare an adapter unmerged, merged and merged into a quantised base: --model M --adapter DIR --data F --output-dir D",
	options: {
		model: "text",
		adapter: "text",
		data: "text",
		...DATA_OPTIONS,
		formats: "text",
		samples: "number",
		"max-new-tokens": "number",
		"output-dir": "text",
		config: "text",
	},
	acceptsSettings: true,
	async run(args) {
		const outputDir = need(args, "output-dir");
		const [adapterDir, file] = [need(args, "adapter"), dataFiles(args, "data")];
		const base = await openModel(args);
		const widths = base.family.linearModules(base.config).map((module) => module.in);
		// Without --formats, every format that supports this model's row lengths.
		const fitting = QUANTISED_FORMATS.filter((storage) =>
			widths.every((width) => width % widthMultiple(storage) === 0),
		);
		const formats = (text(args, "formats") ?? fitting.join()).split(",").map((name) => name.trim());
		const unknown = formats.find((name) => !QUANTISED_FORMATS.some((known) => known === name));
		if (unknown !== undefined) {
			throw cliError("usage", {
				what: `"${unknown}" is not a quantised format of TabTune`,
				where: "--formats",
				next: `choose from ${QUANTISED_FORMATS.join(", ")}, separated by commas`,
			});
		}
		const gpu = await Gpu.request({ gpu: await nodeGpu() });
		const rows: (Omit<MergeStudyRow, "answers"> & { answers: unknown[] })[] = [];
		const found: MergeStudyRow[] = [];
		for (const dtype of ["auto", ...formats]) {
			const { model, adapter } = await openModelAndAdapter({
				...args,
				options: new Map([...args.options, ["dtype", dtype]]),
			});
			if (adapter === null) throw new Error("--adapter was checked");
			if (adapter.layout.parts.length !== 1 || adapter.layout.modules.length === 0) {
				throw cliError("adapter", {
					what: "only LoRA and DoRA can be merged",
					where: adapterDir,
					next: "use a LoRA or DoRA adapter",
				});
			}
			const settings = await settingsOf(args, settingsFixedBy(adapter));
			const language = await openTextProcessorIfAny(model.folder, model.config);
			const task = {
				rows: await encodeRows(model, file, settings),
				batch: settings.per_device_train_batch_size,
				samples: numberOr(args, "samples", 3),
				max_new_tokens: numberOr(args, "max-new-tokens", 48),
				eos: language?.eos ?? model.config.eos_token_ids,
			};
			const words = (ids: number[]) => language?.tokenizer.decode(ids, { skipSpecialTokens: true }) ?? null;
			for (const row of await studyMerges(gpu, model, adapter, task)) {
				say(`${row.base}, ${row.state}: loss ${row.loss.toFixed(4)}`);
				found.push(row);
				const answers = row.answers.map((answer) => ({
					...answer,
					prompt: words(answer.input_ids),
					text: words(answer.output_ids),
				}));
				rows.push({ ...row, answers });
			}
		}
		const study = { model: need(args, "model"), adapter: adapterDir, data: file, rows };
		await writeWhole(join(outputDir, "merge-study.json"), `${JSON.stringify(study, null, 2)}\n`);
		await writeWhole(join(outputDir, "merge-study.md"), mergeStudyTable(found));
		await result({
			output_dir: outputDir,
			rows: found.map(({ base, state, weight_bytes, loss }) => ({ base, state, weight_bytes, loss })),
		});
	},
};
