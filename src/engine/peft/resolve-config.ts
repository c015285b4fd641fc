// Resolves the keys of an adapter_config.json whose meaning depends on the base: default target modules and ensure_weight_tying.

import { TabTuneError } from "../../shared/errors.ts";
import { peftMessage } from "../../shared/messages/peft.en.ts";
import type { ModelFamily } from "../models/family.ts";
import type { ModelShape } from "../models/load.ts";
import type { LoraConfig, TargetedConfig } from "./lora-config.ts";
import { pythonRegExp } from "./targets.ts";

/** `EMBEDDING_LAYER_NAMES`: the last parts of module names that PEFT treats as tied matrices. */
const TIED_NAMES = ["embed_tokens", "lm_head"];

/**
 * Fills in the default target modules, as `_prepare_adapter_config` of peft/tuners/lora/model.py does.
 * @throws TabTuneError "adapter" if PEFT has no default for the model's type, "not-yet" if ensure_weight_tying would
 * tie matrices (`_check_tied_modules` of peft/tuners/tuners_utils.py).
 */
export function resolveConfig(
	config: LoraConfig,
	{ family, config: model }: Pick<ModelShape, "family" | "config">,
	where: string,
): TargetedConfig {
	const target_modules = config.target_modules ?? defaultTargets(family, where);
	const tied = config.others.ensure_weight_tying === true && model.tie_word_embeddings;
	if (tied && (namesTiedMatrix(config.modules_to_save ?? []) || namesTiedMatrix(target_modules))) {
		throw new TabTuneError("not-yet", {
			what: peftMessage("weightTying"),
			where,
			next: peftMessage("weightTying.next"),
		});
	}
	return { ...config, target_modules };
}

function defaultTargets({ model_type, defaultTargetModules }: ModelFamily, where: string): string[] {
	if (defaultTargetModules !== undefined) return [...defaultTargetModules];
	throw new TabTuneError("adapter", {
		what: peftMessage("noTargets", { model_type }),
		where,
		next: peftMessage("noTargets.next"),
	});
}

/** Whether the names include a tied matrix. A regular expression is matched against the bare names, as in PEFT. */
function namesTiedMatrix(names: string | readonly string[]): boolean {
	if (typeof names !== "string")
		return names.some((name) => TIED_NAMES.includes(name.slice(name.lastIndexOf(".") + 1)));
	const pattern = pythonRegExp(`^(?:${names})$`, "target_modules");
	return TIED_NAMES.some((name) => pattern.test(name));
}
