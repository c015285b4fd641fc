// Links to the documentation that defines each setting; the page itself requests nothing.
import { SETTINGS, type SettingName, type SettingSource } from "../../../src/shared/settings.ts";

const PEFT = "https://huggingface.co/docs/peft/package_reference";
const DOCUMENTATION: { readonly [S in Exclude<SettingSource, null>]: string } = {
	lora: `${PEFT}/lora#peft.LoraConfig.`,
	prompt: `${PEFT}/prompt_tuning#peft.PromptTuningConfig.`,
	bottleneck: "https://docs.adapterhub.ml/classes/adapter_config.html#adapters.BnConfig.",
	sft: "https://huggingface.co/docs/trl/sft_trainer#trl.SFTConfig.",
	dpo: "https://huggingface.co/docs/trl/dpo_trainer#trl.DPOConfig.",
	cpo: "https://huggingface.co/docs/trl/cpo_trainer#trl.experimental.cpo.CPOConfig.",
	kto: "https://huggingface.co/docs/trl/kto_trainer#trl.KTOConfig.",
	trainer: "https://huggingface.co/docs/transformers/main_classes/trainer#transformers.TrainingArguments.",
};

/** The URL of a setting's documentation; null for settings specific to TabTune. */
export function docsLink(name: SettingName): string | null {
	const { source } = SETTINGS[name];
	return source === null ? null : DOCUMENTATION[source] + name;
}
