// SmolLM3: Llama's layout, in which every fourth layer does not rotate queries and keys (NoPE, arXiv 2501.18795). PEFT has no
// default target modules for it. Reference: transformers' modeling_smollm3.py.

import { modelsMessage } from "../../shared/messages/index.ts";
import type { ConfigRules } from "./family.ts";
import { layerWindows } from "./layer-types.ts";
import { llamaFamily } from "./llama.ts";

const INTERVAL = 4;
/** Whether a layer rotates queries and keys, if every layer number `interval` does not. */
const rotates = (layer: number, interval: number) => (layer + 1) % interval !== 0;

const configRules: ConfigRules = {
	defaults: {
		num_key_value_heads: 4,
		max_position_embeddings: 32_768,
		rope_theta: 2e6,
		tie_word_embeddings: true,
		pad_token_id: 128_004,
		bos_token_id: 128_000,
		eos_token_id: 128_001,
	},
	hasSlidingWindow: () => false, // layer_windows states it
	options(raw, read) {
		const layers = read.count("num_hidden_layers");
		const interval = read.count("no_rope_layer_interval", INTERVAL);
		const flags = raw.no_rope_layers ?? Array.from({ length: layers }, (_, layer) => Number(rotates(layer, interval)));
		if (!Array.isArray(flags) || flags.length < layers || !flags.every((flag) => flag === 0 || flag === 1))
			throw read.wrong("no_rope_layers", modelsMessage("layerFlags", { layers }));
		const slides = read.flag("use_sliding_window") && typeof raw.sliding_window === "number";
		const windows = layerWindows(raw, read, (layer) => slides && flags[layer] === 0);
		return {
			rope_layers: flags.slice(0, layers).map((flag) => flag === 1),
			...(windows.some((window) => window !== null) ? { layer_windows: windows } : {}),
		};
	},
};

export const smollm3 = llamaFamily({
	model_type: "smollm3",
	className: "SmolLM3ForCausalLM",
	configRules,
	biases: ({ attention_bias, mlp_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: mlp_bias }),
	gguf: {
		name: "smollm3",
		pairs: true,
		// llama.cpp's constant is INTERVAL, and it has no windows (smollm3.cpp).
		unwritable: ({ rope_layers = [], layer_windows }) => {
			if (rope_layers.some((has, layer) => has !== rotates(layer, INTERVAL))) return "no_rope_layers";
			return layer_windows === undefined ? null : "layer_types";
		},
	},
});
