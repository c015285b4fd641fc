// Writes README.md of an adapter: the front matter that the Hub reads (create_or_update_model_card in peft/peft_model.py), the
// training settings and results, if known, and how to load it in Python.
import type { RunSettings, TrainingFacts } from "../api.ts";
import type { LoraConfig } from "./lora-config.ts";

/** The settings that the training section lists; an earlier section states rank and targets. */
const LISTED_SETTINGS = [
	"learning_rate",
	"lr_scheduler_type",
	"warmup_steps",
	"warmup_ratio",
	"weight_decay",
	"max_grad_norm",
	"lora_dropout",
	"per_device_train_batch_size",
	"gradient_accumulation_steps",
	"max_length",
	"packing",
	"assistant_only_loss",
	"seed",
] as const satisfies readonly (keyof RunSettings)[];

export function modelCard(config: LoraConfig, facts: TrainingFacts | null = null): string {
	const base = config.base_model_name_or_path;
	const names = config.target_modules ?? [];
	const tags = ["lora", "tabtune", "transformers"];
	// Any JSON string is a valid YAML scalar.
	if (base !== null) tags.unshift(JSON.stringify(`base_model:adapter:${base}`));
	const front = [
		...(base === null ? [] : [`base_model: ${JSON.stringify(base)}`]),
		"library_name: peft",
		"pipeline_tag: text-generation",
		"tags:",
		...tags.map((tag) => `- ${tag}`),
	];
	return `---
${front.join("\n")}
---

# LoRA adapter for ${inline(base ?? "its base model")}

Trained with TabTune. Rank ${config.r}, lora_alpha ${config.lora_alpha}${config.use_rslora ? " (rank-stabilised)" : ""}, target modules: ${plain(typeof names === "string" ? names : names.join(", "))}.
${facts === null ? "" : training(facts)}
## Use

\`\`\`python
${pythonLines(base)}
\`\`\`
`;
}

/** Python code that loads an adapter folder with PEFT. */
function pythonLines(base: string | null): string {
	return `from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base = ${JSON.stringify(base ?? "path/to/the/base").replaceAll("`", "\\u0060")}
tokenizer = AutoTokenizer.from_pretrained(base)
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), "path/to/this/folder")`;
}

function training(facts: TrainingFacts): string {
	const { base, data, settings, steps, lastLoss, firstEvalLoss, lastEvalLoss, rewards } = facts;
	const loss = (value: number) => value.toFixed(4);
	const rows: [string, string][] = [
		[
			"Base",
			`${base.parameters.toLocaleString("en-US")} parameters, licence: ${inline(base.license ?? "not stated in its folder")}`,
		],
		[
			"Data",
			`${inline(data.name)}: ${data.rows} ${rewards ? "pairs of answers" : "rows"}, and ${data.heldOutRows} held out`,
		],
		["Steps", String(steps)],
		["Last training loss", loss(lastLoss)],
		...(firstEvalLoss === null || lastEvalLoss === null
			? []
			: [["Held-out loss", `${loss(firstEvalLoss)} before, ${loss(lastEvalLoss)} after`] as [string, string]]),
		...(rewards === undefined
			? []
			: ([
					["Loss", `DPO (loss_type sigmoid), beta ${settings.beta}`],
					["Pair accuracy", `${(100 * rewards.accuracy).toFixed(0)} %, margin ${rewards.margin.toFixed(3)}`],
				] satisfies [string, string][])),
		...LISTED_SETTINGS.map((name): [string, string] => [`\`${name}\``, plain(String(settings[name]))]),
	];
	return `
## Training

| | |
| --- | --- |
${rows.map(([name, value]) => `| ${name} | ${value} |`).join("\n")}

The base keeps its own licence; it also covers what is merged with it.
`;
}

/** Escapes text other than names, so that names stay readable. */
const plain = (text: string): string => (/^[\w .,-]*$/.test(text) ? text : inline(text));

/** Escapes text so that it is not Markdown. */
const inline = (text: string): string => text.replace(/[\\`*_{}[\]<>|#]/g, "\\$&").replace(/\s+/g, " ");
