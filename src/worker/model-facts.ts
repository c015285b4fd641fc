// The facts about a model folder that has not been loaded, and whether a run on it fits the device.
import { adapterLayout } from "../engine/adapters/layout.ts";
import type { DeviceInfo, ModelFacts } from "../engine/api.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { estimateRun } from "../engine/train/estimate.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { workerMessage } from "../shared/messages/index.ts";

/** `fits` covers the model and a run with the default settings. */
export function modelFacts(model: LoadedModel, license: string | null, device: DeviceInfo): ModelFacts {
	const settings = resolveSettings({}, workerMessage("theSettings"));
	const tokens = Math.min(settings.max_length, model.config.max_position_embeddings);
	const layout = adapterLayout(model, settings);
	const { name, parameters, weightBytes, dtype, config } = model;
	const { fits } = estimateRun(model, layout, settings, { tokens, targets: tokens }, device);
	return { name, model_type: config.model_type, parameters, weightBytes, dtype, license, fits };
}
