// Creates the adapter that a run trains: a fresh one from the settings, or an existing one prepared for training.

import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import { methodsOf, pissaNiter } from "../../shared/setting-values.ts";
import type { RunSettings } from "../api.ts";
import { isQuantised, type LoadedModel } from "../models/load.ts";
import { weightValues } from "../models/upload.ts";
import { tiesTargets } from "../peft/targets.ts";
import type { Adapter, InitScope } from "./adapter.ts";
import { adapterLayout } from "./layout.ts";
import { trainsNewTokens } from "./new-token-rows.ts";
import { pissaToLora } from "./pissa-to-lora.ts";
import { valuesOf } from "./trainable.ts";

/**
 * Creates a new adapter; equal settings and seeds give equal values.
 * @param encode token ids of a text, for a prompt that starts from one
 * @param warn receives messages for the user about the initial values
 * @throws TabTuneError "adapter" when the settings do not fit the model
 */
export async function freshAdapter(
	model: LoadedModel,
	settings: RunSettings,
	encode: InitScope["encode"],
	warn?: (message: MessageText) => void,
): Promise<Adapter> {
	refuseOnQuantised(model, settings);
	const layout = adapterLayout(model, trainsNewTokens(model, settings));
	const values = { params: new Float32Array(layout.size), frozen: new Float32Array(layout.frozen.size) };
	const scope = {
		seed: settings.seed,
		weight: (name: string) => weightValues(model, name),
		encode,
		...(warn === undefined ? {} : { warn }),
	};
	for (const warning of layout.warnings) warn?.(warning);
	for (const part of layout.parts) await part.init(values, scope);
	return { layout, ...values, config: null, stored: null };
}

/**
 * Prepares an existing adapter for further training with its own configuration and the run's learning rates. Each learning
 * rate has its own window of the flat parameters, so tensors may move. A PiSSA adapter is converted to plain LoRA first.
 */
export function forTraining(
	model: Pick<LoadedModel, "family" | "config">,
	adapter: Adapter,
	{ loraplus_lr_ratio }: Pick<RunSettings, "loraplus_lr_ratio">,
): Adapter {
	if (tiesTargets(model.family, model.config, adapter.layout.settings))
		throw new TabTuneError("not-yet", {
			what: adaptersMessage("tiedTargets"),
			where: "ensure_weight_tying",
			next: adaptersMessage("tiedTargets.next"),
		});
	const given = pissaToLora(model, adapter);
	const layout = adapterLayout(model, { ...given.layout.settings, loraplus_lr_ratio });
	const params = new Float32Array(layout.size);
	const valuesByName = new Map(given.layout.tensors.map((tensor) => [tensor.name, valuesOf(given.params, tensor)]));
	for (const tensor of layout.tensors) {
		const values = valuesByName.get(tensor.name);
		if (values === undefined) throw new Error(`${tensor.name} is new to the adapter`);
		valuesOf(params, tensor).set(values);
	}
	return { ...given, layout, params, stored: null };
}

/** @throws TabTuneError "adapter" for a method that changes the weights of a quantised base */
function refuseOnQuantised(model: LoadedModel, settings: RunSettings): void {
	if (!isQuantised(model)) return;
	const { dtype } = model;
	const next = adaptersMessage("floatBase.next");
	if (methodsOf(settings).includes("full"))
		throw new TabTuneError("adapter", {
			what: adaptersMessage("fullQuantised", { dtype }),
			where: "method",
			next,
		});
	if (pissaNiter(settings.init_lora_weights) !== undefined)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("pissaQuantised", { dtype }),
			where: "init_lora_weights",
			next,
		});
}
