// Reads which layers have a sliding window.
import type { JsonObject } from "../../shared/json.ts";
import { modelsMessage } from "../../shared/messages/index.ts";
import type { ConfigKeys } from "../formats/config-keys.ts";

const KNOWN = ["full_attention", "sliding_attention"];

/**
 * The window of each layer, null for full attention.
 * @param slides whether a layer has the window if the file has no `layer_types`
 * @throws TabTuneError "model" for other types, another number of them, or no `sliding_window`
 */
export function layerWindows(raw: JsonObject, read: ConfigKeys, slides: (layer: number) => boolean): (number | null)[] {
	const layers = read.count("num_hidden_layers");
	const { layer_types } = raw;
	const types = Array.isArray(layer_types)
		? layer_types
		: Array.from({ length: layers }, (_, layer) => KNOWN[Number(slides(layer))]);
	if (types.length !== layers || types.some((type) => !KNOWN.includes(type)))
		throw read.wrong("layer_types", modelsMessage("layerTypes", { types: KNOWN.join(", ") }));
	const window = types.includes("sliding_attention") ? read.count("sliding_window") : 0;
	return types.map((type) => (type === "sliding_attention" ? window : null));
}
