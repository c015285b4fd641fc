// Phi-3 and 3.5: Llama's layout with q, k and v in one linear module, gate and up in another, and a sliding window in every
// layer. PEFT has no default target modules for it. Reference: transformers' modeling_phi3.py and configuration_phi3.py.

import { modelsMessage } from "../../shared/messages/index.ts";
import { asObject, numberOf } from "../formats/config-keys.ts";
import type { ConfigRules } from "./family.ts";
import { type GgufArchitecture, shortDecimal } from "./gguf/architecture.ts";
import { llamaFamily } from "./llama.ts";

const configRules: ConfigRules = {
	defaults: {
		rms_norm_eps: 1e-5,
		max_position_embeddings: 4096,
		bos_token_id: 1,
		eos_token_id: 32000,
		pad_token_id: 32000,
	},
	ropeTypeAliases: { su: "longrope", yarn: "longrope" }, // names in older files
	options(raw, read, head_dim) {
		const { partial_rotary_factor } = raw;
		const factor = numberOf(asObject(raw.rope_parameters).partial_rotary_factor ?? partial_rotary_factor ?? 1);
		const rotary_dim = Math.trunc(head_dim * factor);
		if (!(rotary_dim > 0 && rotary_dim <= head_dim && rotary_dim % 2 === 0))
			throw read.fail(modelsMessage("partialRotary", { factor, rotary_dim, head_dim }));
		const window = (raw.sliding_window ?? null) === null ? null : read.count("sliding_window");
		const layers = read.count("num_hidden_layers");
		return { rotary_dim, ...(window === null ? {} : { layer_windows: Array<number>(layers).fill(window) }) };
	},
};

const ggufConfig: GgufArchitecture["config"] = async ({ optional, need, ropeScaling }, common) => {
	const { head_dim, max_position_embeddings } = common;
	const rotary_dim = optional("rope.dimension_count") ?? head_dim;
	const factor = rotary_dim / head_dim;
	const rope_theta = optional("rope.freq_base") ?? 10_000;
	return {
		rms_norm_eps: shortDecimal(need("attention.layer_norm_rms_epsilon")),
		rope_theta,
		// transformers truncates the product, which may be slightly below the whole number.
		partial_rotary_factor: Math.trunc(head_dim * factor) === rotary_dim ? factor : (rotary_dim + 0.5) / head_dim,
		sliding_window: optional("attention.sliding_window") || null,
		original_max_position_embeddings: optional("rope.scaling.original_context_length") ?? max_position_embeddings,
		rope_scaling: await ropeScaling(rotary_dim, rope_theta, max_position_embeddings),
	};
};

const ggufFields: GgufArchitecture["fields"] = (llama, { layer_windows }, file) => {
	const original = "phi3.rope.scaling.original_context_length";
	const window = layer_windows?.[0] ?? null;
	const whole = (key: string, value: number) => ({ key, kind: "uint32", value }) as const;
	return [
		...llama,
		...(llama.some(({ key }) => key === original)
			? []
			: [whole(original, Number(file.original_max_position_embeddings ?? 4096))]),
		...(window === null ? [] : [whole("phi3.attention.sliding_window", window)]),
	];
};

/** Special tokens that keep the white space after them; a GGUF file does not store this. */
const KEEPS_SPACE = /^(<unk>|<s>|<\|endoftext\|>)$/;

export const phi3 = llamaFamily({
	model_type: "phi3",
	className: "Phi3ForCausalLM",
	configRules,
	biases: () => ({ qkv: false, o: false, mlp: false }),
	linears: {
		o: "self_attn.o_proj",
		qkv: ["self_attn.qkv_proj"],
		gateUp: ["mlp.gate_up_proj"],
		down: "mlp.down_proj",
	},
	gguf: {
		name: "phi3",
		biases: [],
		square: true,
		ropeFactors: "longrope",
		modelName: "phi-3",
		fields: ggufFields,
		parts: { "self_attn.qkv_proj": "attn_qkv", "mlp.gate_up_proj": "ffn_up", "mlp.up_proj": "" },
		config: ggufConfig,
		stripsRight: (token) => !KEEPS_SPACE.test(token),
	},
});
