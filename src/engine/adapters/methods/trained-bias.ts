// PEFT's `bias`: trains the base's biases in addition to LoRA, starting from the base's values: "all" of them, or "lora_only",
// those of the modules that LoRA targets (`_mark_only_adapters_as_trainable` in peft/tuners/tuners_utils.py). Biases of modules
// in modules_to_save belong to the copies that are trained there.
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import { declareWeights } from "../../models/frozen.ts";
import { targetedLinears } from "../../peft/targets.ts";
import type { AdapterMethod, MethodScope } from "../adapter.ts";
import { declareTrainable, valuesOf } from "../trainable.ts";
import { isSaved } from "./modules-to-save.ts";

/** @throws TabTuneError "adapter" for a model without such biases */
export function trainedBias({ family, config, settings, methods, placement }: MethodScope): AdapterMethod | null {
	const { bias = "none", modules_to_save } = settings;
	if (bias === "none" || !methods.includes("lora")) return null;
	const adapted = new Set(targetedLinears(family, config, settings).map(({ path }) => path));
	const moduleOf = (name: string) => name.slice(0, -".bias".length);
	const chosen = family
		.weights(config)
		.filter(({ name }) => name.endsWith(".bias") && (bias === "all" || adapted.has(moduleOf(name))));
	if (chosen.length === 0)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("noBias", {
				bias,
				reason: bias === "all" ? adaptersMessage("modelNoBias") : adaptersMessage("targetsNoBias"),
			}),
			where: "bias",
			next: adaptersMessage("noBias.next"),
		});
	// PEFT wraps a module that it targets, so its bias belongs to base_layer.
	const inCopies = (name: string) => (modules_to_save ?? []).some((module) => isSaved(name, module));
	const placed = chosen
		.filter(({ name }) => !inCopies(name))
		.map(({ name, shape }) => {
			const path = moduleOf(name);
			const kept = adapted.has(path) ? `${path}.base_layer.bias` : name;
			return { name, tensor: placement.place(kept, shape, 1, `${name} (trained)`) };
		});
	const byName = new Map(placed.map(({ name, tensor }) => [name, tensor]));
	return {
		tensors: placed.map(({ tensor }) => tensor),
		replaces: true,
		wrap: (hooks) => {
			const own = declareWeights((builder, name) => {
				const tensor = byName.get(name);
				return tensor === undefined ? hooks.weight(builder, name) : declareTrainable(builder, tensor);
			});
			return {
				...hooks,
				weight: own.weight,
				linear: (builder, module, x) => (byName.has(`${module.path}.bias`) ? own : hooks).linear(builder, module, x),
			};
		},
		async init({ params }, { weight }) {
			for (const { name, tensor } of placed) valuesOf(params, tensor).set(await weight(name));
		},
	};
}

/** The name of the base's weight that a tensor of an adapter's file replaces. */
export const biasOf = (name: string): string => name.replace(/\.base_layer\.bias$/, ".bias");
