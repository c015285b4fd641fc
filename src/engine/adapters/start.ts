// Where a run starts: a fresh adapter by the settings, or the one it goes on from.
import type { RunSettings } from "../api.ts";
import { type LoadedModel, weightValues } from "../models/load.ts";
import { adapterLayout } from "./layout.ts";
import type { AdapterInHand } from "./peft-adapter.ts";

/** A fresh adapter over the model. @throws TabTuneError "adapter" when the settings do not fit it. */
export async function freshAdapter(model: LoadedModel, settings: RunSettings): Promise<AdapterInHand> {
	const layout = adapterLayout(model, settings);
	const params = new Float32Array(layout.size);
	const scope = { seed: settings.seed, weight: (name: string) => weightValues(model, name) };
	for (const part of layout.parts) await part.init(params, scope);
	return { layout, params, config: null, stored: null };
}
