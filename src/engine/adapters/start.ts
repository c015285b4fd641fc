// Where a run starts: a fresh adapter by the settings, or the one it goes on from.
import type { RunSettings } from "../api.ts";
import { type LoadedModel, weightValues } from "../models/load.ts";
import { adapterLayout } from "./layout.ts";
import type { InitScope } from "./part.ts";
import type { AdapterInHand } from "./peft-adapter.ts";
import { valuesOf } from "./trainable.ts";

/**
 * A fresh adapter over the model.
 * @param encode ids of a text, for what starts from one
 * @throws TabTuneError "adapter" when the settings do not fit the model
 */
export async function freshAdapter(
	model: LoadedModel,
	settings: RunSettings,
	encode: InitScope["encode"],
): Promise<AdapterInHand> {
	const layout = adapterLayout(model, settings);
	const params = new Float32Array(layout.size);
	const scope = {
		seed: settings.seed,
		weight: (name: string) => weightValues(model, name),
		encode,
	};
	for (const part of layout.parts) await part.init(params, scope);
	return { layout, params, config: null, stored: null };
}

/**
 * An adapter made ready to be trained on: its own configuration, and what the run says of how its tensors learn. Each
 * learning rate has a stretch of the flat parameters of its own, so tensors may move.
 */
export function forTraining(
	model: Pick<LoadedModel, "family" | "config">,
	given: AdapterInHand,
	{ loraplus_lr_ratio }: Pick<RunSettings, "loraplus_lr_ratio">,
): AdapterInHand {
	const layout = adapterLayout(model, { ...given.layout.settings, loraplus_lr_ratio });
	const params = new Float32Array(layout.size);
	const held = new Map(given.layout.tensors.map((tensor) => [tensor.name, valuesOf(given.params, tensor)]));
	for (const tensor of layout.tensors) {
		const values = held.get(tensor.name);
		if (values === undefined) throw new Error(`${tensor.name} is new to the adapter`);
		valuesOf(params, tensor).set(values);
	}
	return { ...given, layout, params, stored: null };
}
