// Links from each setting to the documentation of the field in PEFT, TRL or Transformers.
import type { FieldName } from "./fields.ts";

const LORA = "https://huggingface.co/docs/peft/package_reference/lora#peft.LoraConfig.";
const ARGUMENTS = "https://huggingface.co/docs/transformers/main_classes/trainer#transformers.TrainingArguments.";
const DPO = "https://huggingface.co/docs/trl/dpo_trainer#trl.DPOConfig.";
const SFT = "https://huggingface.co/docs/trl/sft_trainer#trl.SFTConfig.";

const OF_LORA = new Set<FieldName>([
	"r",
	"lora_alpha",
	"lora_dropout",
	"target_modules",
	"use_rslora",
	"use_dora",
	"rank_pattern",
	"alpha_pattern",
	"layers_to_transform",
	"modules_to_save",
	"init_lora_weights",
]);
const OF_DPO = new Set<FieldName>(["loss_type", "beta"]);
const OF_SFT = new Set<FieldName>(["max_length", "packing", "assistant_only_loss", "completion_only_loss"]);

export const docsLink = (name: FieldName): string =>
	(OF_LORA.has(name) ? LORA : OF_SFT.has(name) ? SFT : OF_DPO.has(name) ? DPO : ARGUMENTS) + name;
