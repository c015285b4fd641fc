// Writes README.md of an adapter: the front matter that the Hub reads (create_or_update_model_card in peft/peft_model.py), the
// training settings and results, if known, and how to load it in Python.
import type { JsonObject } from "../../shared/json.ts";
import { type LossRows, lossesOf } from "../../shared/losses.ts";
import { pythonLiteral } from "../../shared/python-literal.ts";
import type { RunSettings, TrainingFacts, TrainingMetrics } from "../api.ts";
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

/** What the code of a card does to the base before it loads the adapter. */
export interface CardBase {
	/** The size of the adapter's vocabulary, if it differs from the base's. */
	readonly vocab_size?: number;
	/** Whether the adapter's folder has a tokenizer. */
	readonly ownTokenizer?: boolean;
}

export function modelCard(config: LoraConfig, facts: TrainingFacts | null = null, changes: CardBase = {}): string {
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
${pythonLines(base, facts?.settings.chat_template_kwargs ?? {}, changes)}
\`\`\`
`;
}

/** Python code that loads an adapter folder with PEFT, and with template variables asks it something. */
function pythonLines(
	base: string | null,
	variables: JsonObject,
	{ vocab_size, ownTokenizer = false }: CardBase,
): string {
	const folder = '"path/to/this/folder"';
	const load = "AutoModelForCausalLM.from_pretrained(base)";
	return `from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base = ${JSON.stringify(base ?? "path/to/the/base").replaceAll("`", "\\u0060")}
tokenizer = AutoTokenizer.from_pretrained(${ownTokenizer ? folder : "base"})
${vocab_size === undefined ? `model = PeftModel.from_pretrained(${load}, ${folder})` : `model = ${load}\nmodel.resize_token_embeddings(${vocab_size})\nmodel = PeftModel.from_pretrained(model, ${folder})`}${chatLines(variables)}`;
}

function chatLines(variables: JsonObject): string {
	if (Object.keys(variables).length === 0) return "";
	const more = pythonLiteral(variables).replaceAll("`", "\\u0060");
	return `

chat = [{"role": "user", "content": "Hello"}]
inputs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, **${more}, return_tensors="pt", return_dict=True)
print(tokenizer.decode(model.generate(**inputs, max_new_tokens=96)[0]))`;
}

function training(facts: TrainingFacts): string {
	const { base, data, settings, steps, lastLoss, firstEvalLoss, lastEvalLoss, metrics } = facts;
	const loss = (value: number) => value.toFixed(4);
	const rows: [string, string][] = [
		[
			"Base",
			`${base.parameters.toLocaleString("en-US")} parameters, licence: ${inline(base.license ?? "not stated in its folder")}`,
		],
		[
			"Data",
			`${inline(data.name)}: ${data.rows} ${metrics === undefined ? "rows" : kindOf(metrics) === "pairs" ? "pairs of answers" : "rated answers"}, and ${data.heldOutRows} held out`,
		],
		["Steps", String(steps)],
		["Last training loss", loss(lastLoss)],
		...(firstEvalLoss === null || lastEvalLoss === null
			? []
			: [["Held-out loss", `${loss(firstEvalLoss)} before, ${loss(lastEvalLoss)} after`] as [string, string]]),
		...(metrics === undefined ? [] : preferenceRows(settings, metrics)),
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

/** The rows of a run with these metrics: only pairs have an accuracy. */
const kindOf = (metrics: TrainingMetrics): LossRows => ("rewards/accuracies" in metrics ? "pairs" : "rated");

function preferenceRows({ loss_type, beta }: RunSettings, metrics: TrainingMetrics): [string, string][] {
	const loss = lossesOf(loss_type, kindOf(metrics)).join(" + ");
	const { "rewards/accuracies": accuracy, "rewards/margins": margin } = metrics;
	const rewards = [
		...(accuracy === undefined ? [] : [`${(100 * accuracy).toFixed(0)} % of the pairs ranked correctly`]),
		...(margin === undefined ? [] : [`margin ${margin.toFixed(3)}`]),
	];
	return [
		["Preference loss", `\`${loss}\`, beta ${beta}`],
		...(rewards.length === 0 ? [] : [["Rewards", rewards.join(", ")] as [string, string]]),
	];
}
