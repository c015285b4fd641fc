// The `blend` command: combines several adapters of one base into one PEFT folder, as PEFT's add_weighted_adapter does.

import { overOneBase } from "../../engine/adapters/one-base.ts";
import { blendAdapters } from "../../engine/analysis/blend.ts";
import type { CombinationType } from "../../engine/api.ts";
import { need, numberOr, type ParsedArgs, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { openAdapterAt, openModel } from "../open.ts";
import { result, say } from "../output.ts";
import { refuseAdapterFolder, writeTrained } from "../trained.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

export const blendCommand: Command = {
	name: "blend",
	summary:
		"combine adapters with weights: --adapters A,B --weights 0.7,0.3 [--combination-type linear|cat|svd] [--svd-rank N] --model M --output-dir D",
	options: {
		model: MODEL_OPTIONS.model,
		dtype: MODEL_OPTIONS.dtype,
		adapters: "text",
		weights: "text",
		"combination-type": "text",
		"svd-rank": "number",
		"output-dir": "text",
	},
	acceptsSettings: false,
	async run(args) {
		const paths = listed(args, "adapters");
		const weights = listed(args, "weights").map(toWeight);
		const combination_type = (text(args, "combination-type") ?? "svd") as CombinationType; // checked where it is used
		const svd_rank = args.options.has("svd-rank") ? numberOr(args, "svd-rank", Number.NaN) : null;
		const outputDir = need(args, "output-dir");
		await refuseAdapterFolder(outputDir);
		const base = await openModel(args);
		const opened = [];
		for (const name of paths) opened.push({ name, ...(await openAdapterAt(name, base)) });
		const { model, adapters } = overOneBase(opened, base);
		const blended = blendAdapters(model, adapters, { weights, combination_type, svd_rank });
		await writeTrained(outputDir, model, blended);
		const { layout } = blended;
		say(`blended ${paths.length} adapters into ${outputDir}`);
		await result({
			output_dir: outputDir,
			adapters: paths,
			weights,
			combination_type,
			r: layout.settings.r,
			modules: layout.modules.length,
			trainable_parameters: layout.parameters,
		});
	},
};

function listed(args: ParsedArgs, name: string): string[] {
	return need(args, name)
		.split(",")
		.map((part) => part.trim())
		.filter((part) => part !== "");
}

function toWeight(value: string): number {
	const weight = Number(value);
	if (Number.isFinite(weight)) return weight;
	throw cliError("usage", {
		what: `--weights contains "${value}", which is not a number`,
		where: "tabtune blend",
		next: "write --weights 0.7,0.3: one number for each adapter",
	});
}
