// Where a run starts: a fresh adapter by the settings, or the one it goes on from.
import type { RunSettings } from "../api.ts";
import type { LoadedModel } from "../models/load.ts";
import { initLora, loraLayout } from "./lora.ts";
import type { AdapterInHand } from "./peft-adapter.ts";

/** A fresh adapter over the model. @throws TabTuneError "adapter" when the settings do not fit it. */
export function freshAdapter(model: Pick<LoadedModel, "family" | "config">, settings: RunSettings): AdapterInHand {
	const layout = loraLayout(model.family.linearModules(model.config), settings);
	return { layout, params: initLora(layout, settings.seed), config: null, stored: null };
}
