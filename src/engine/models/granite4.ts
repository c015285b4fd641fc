// Granite 4 without Mamba layers and experts (350M, 1B): Granite 3 with gate and up in one linear module, and optionally without
// rotary positions. llama.cpp has no separate architecture for it. Reference: transformers' modeling_granitemoehybrid.py.

import { modelsMessage } from "../../shared/messages/index.ts";
import { notYet } from "../formats/config-keys.ts";
import type { IgnoredKeys } from "../formats/tracked-reads.ts";
import type { ConfigRules } from "./family.ts";
import { graniteMultipliers } from "./granite.ts";
import { llamaFamily } from "./llama.ts";

const IGNORED: readonly IgnoredKeys[] = [
	// Settings of Mamba layers and experts, which dense models do not have.
	{ keys: /^(mamba_\w+|time_step_\w+|num_experts_per_tok|output_router_logits|intermediate_size)$/ },
	{ keys: ["normalization_function"], neutral: ["rmsnorm"] },
	{ keys: ["init_method"] },
];

const configRules: ConfigRules = {
	renamed: { layer_types: "layers_block_type" },
	derived: ({ shared_intermediate_size }) => ({ intermediate_size: shared_intermediate_size ?? 1024 }),
	ignored: IGNORED,
	options(raw, read) {
		const layers = read.count("num_hidden_layers");
		const refuse = (key: string) =>
			notYet(
				modelsMessage("keyValue", { key, value: JSON.stringify(raw[key] ?? null) }),
				read.where,
				modelsMessage("granite4.next"),
			);
		const types = raw.layer_types;
		const attends = (type: unknown) => type === "attention" || type === "full_attention";
		if (!Array.isArray(types) || types.length !== layers || !types.every(attends)) throw refuse("layer_types");
		if (raw.num_local_experts !== 0) throw refuse("num_local_experts");
		const kind = raw.position_embedding_type ?? "nope";
		if (kind !== "rope" && kind !== "nope") throw refuse("position_embedding_type");
		return {
			...graniteMultipliers(raw, read),
			...(kind === "rope" ? {} : { rope_layers: Array<boolean>(layers).fill(false) }),
		};
	},
};

export const granite4 = llamaFamily({
	model_type: "granitemoehybrid",
	className: "GraniteMoeHybridForCausalLM",
	configRules,
	biases: ({ attention_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: false }),
	linears: {
		gateUp: ["shared_mlp.input_linear"],
		down: "shared_mlp.output_linear",
		qkv: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
		o: "self_attn.o_proj",
	},
});
