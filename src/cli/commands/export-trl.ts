// The `export-trl` command: writes a run as a folder for TRL, PEFT and Accelerate, to train it on many GPUs.
import { join } from "node:path";
import { settingsFixedBy } from "../../engine/adapters/adapter-files.ts";
import { forTraining, freshAdapter } from "../../engine/adapters/create-adapter.ts";
import type { ModelFolder } from "../../engine/formats/index.ts";
import { exportTrl } from "../../engine/train/export-trl/export-trl.ts";
import type { TrlExportFile } from "../../engine/train/export-trl/trl-run.ts";
import { textEncoder } from "../../engine/train/text-processor.ts";
import { need } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { encodeRows, evalRows, trainRows } from "../data.ts";
import { exists, writeWhole } from "../node-files.ts";
import { openForTraining } from "../open.ts";
import { result, say } from "../output.ts";
import { settingsOf } from "../settings-given.ts";
import { type Command, RUN_OPTIONS } from "./command.ts";

export const exportTrlCommand: Command = {
	name: "export-trl",
	alias: "handover",
	summary:
		"a folder that repeats a run on many GPUs with TRL, PEFT and Accelerate: --model M --train-file F [--eval-file F] [--adapter DIR] --output-dir D",
	options: {
		...RUN_OPTIONS,
	},
	acceptsSettings: true,
	async run(args) {
		const outputDir = need(args, "output-dir");
		const trainFiles = await trainRows(args, "train-file");
		const evalFiles = await evalRows(args);
		const { model, adapter: given } = await openForTraining(args);
		const settings = await settingsOf(args, given === null ? {} : settingsFixedBy(given));
		if (await exists(join(outputDir, "train.py")))
			throw cliError("usage", {
				what: "the folder already contains an exported run",
				where: outputDir,
				next: "choose an empty --output-dir",
			});
		const start =
			given === null
				? await freshAdapter(model, settings, textEncoder(model), say)
				: forTraining(model, given, settings);
		const files = await exportTrl({
			model,
			start,
			settings,
			train: await encodeRows(model, trainFiles, settings),
			heldOut: evalFiles === null ? null : await encodeRows(model, evalFiles, settings),
			...(model.name === "demo" ? { baseFiles: await wholeFolder(model.folder) } : {}),
		});
		for (const { path, pieces } of files) await writeWhole(join(outputDir, path), pieces());
		await result({ output_dir: outputDir, files: files.map(({ path }) => path) });
	},
};

/** The bundled model is not available anywhere else, so its files are included. */
async function wholeFolder(folder: ModelFolder): Promise<TrlExportFile[]> {
	return (await folder.list())
		.filter((path) => /\.(json|safetensors|jinja)$/.test(path))
		.map((path) => ({
			path,
			async *pieces() {
				const source = await folder.open(path);
				yield await source.read(0, source.size);
			},
		}));
}
