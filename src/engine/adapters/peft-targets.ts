// What PEFT makes of an adapter_config.json by the base it meets: the modules of a configuration that names none, and
// ensure_weight_tying. A family's default is a line here; `TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING` has it.
import { TabTuneError } from "../../shared/errors.ts";
import type { LoraConfig, ModelConfig, TargetedConfig } from "../formats/index.ts";
import { pythonRegExp } from "./targets.ts";

/** From peft/utils/constants.py (0.21), by model_type. Phi-3 has no line there. */
const DEFAULT_TARGETS: Readonly<Record<string, readonly string[]>> = {
	llama: ["q_proj", "v_proj"],
	mistral: ["q_proj", "v_proj"],
	qwen2: ["q_proj", "v_proj"],
	qwen3: ["q_proj", "v_proj"],
	gemma3_text: ["q_proj", "v_proj"],
	gpt2: ["c_attn"],
};

/** `EMBEDDING_LAYER_NAMES`: the ends of module names that PEFT takes for a tied table. */
const TIED_NAMES = ["embed_tokens", "lm_head"];

/**
 * A configuration with its modules named, as `_prepare_adapter_config` of peft/tuners/lora/model.py names them.
 * @throws TabTuneError "adapter" where PEFT has no default for the model's type, "not-yet" where ensure_weight_tying would
 * tie matrices (`_check_tied_modules` of peft/tuners/tuners_utils.py).
 */
export function settledConfig(config: LoraConfig, model: ModelConfig, where: string): TargetedConfig {
	const target_modules = config.target_modules ?? defaultTargets(model.model_type, where);
	const tied = config.others.ensure_weight_tying === true && model.tie_word_embeddings;
	if (tied && (namesTable(config.modules_to_save ?? []) || namesTable(target_modules))) {
		throw new TabTuneError("not-yet", {
			what: "ensure_weight_tying, which gives a tied embedding and head one adapter between them, is not supported yet",
			where,
			next: "train it with ensure_weight_tying false, or without the embedding and the head",
		});
	}
	return { ...config, target_modules };
}

function defaultTargets(model_type: string, where: string): string[] {
	if (Object.hasOwn(DEFAULT_TARGETS, model_type)) return [...DEFAULT_TARGETS[model_type]];
	throw new TabTuneError("adapter", {
		what: `the configuration names no target_modules, and PEFT has no default for ${model_type}`,
		where,
		next: "write the names of the modules into target_modules of adapter_config.json",
	});
}

/** A regular expression is held to the bare names, as PEFT holds it. */
function namesTable(names: string | readonly string[]): boolean {
	if (typeof names !== "string")
		return names.some((name) => TIED_NAMES.includes(name.slice(name.lastIndexOf(".") + 1)));
	const pattern = pythonRegExp(`^(?:${names})$`, "target_modules");
	return TIED_NAMES.some((name) => pattern.test(name));
}
