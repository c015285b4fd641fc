// Fills in the target modules of an adapter_config.json that names none, which depend on the base.

import { TabTuneError } from "../../shared/errors.ts";
import { peftMessage } from "../../shared/messages/index.ts";
import type { ModelFamily } from "../models/family.ts";
import type { ModelShape } from "../models/load.ts";
import type { LoraConfig, TargetedConfig } from "./lora-config.ts";

/**
 * Fills in the default target modules, as `_prepare_adapter_config` of peft/tuners/lora/model.py does.
 * @throws TabTuneError "adapter" if PEFT has no default for the model's type
 */
export function resolveConfig(
	config: LoraConfig,
	{ family }: Pick<ModelShape, "family">,
	where: string,
): TargetedConfig {
	return { ...config, target_modules: config.target_modules ?? defaultTargets(family, where) };
}

function defaultTargets({ model_type, defaultTargetModules }: ModelFamily, where: string): string[] {
	if (defaultTargetModules !== undefined) return [...defaultTargetModules];
	throw new TabTuneError("adapter", {
		what: peftMessage("noTargets", { model_type }),
		where,
		next: peftMessage("noTargets.next"),
	});
}
