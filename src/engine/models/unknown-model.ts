// The error for a model_type that no family has, with the features that its architecture would need.
import { TabTuneError } from "../../shared/errors.ts";
import type { JsonObject } from "../../shared/json.ts";
import { modelsMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";

/** Features that no known family has, by the keys of config.json that show them. */
const FEATURES: readonly [RegExp, Message][] = [
	[/^(num_local_experts|num_experts|n_routed_experts|moe_\w+)$/, modelsMessage("feature.experts")],
	[/^(state_size|ssm_\w+|mamba_\w+|conv_kernel|d_conv|time_step_rank)$/, modelsMessage("feature.stateSpace")],
	[/^(vision_config|audio_config|image_token_id)$/, modelsMessage("feature.media")],
	[/^(encoder_layers|num_encoder_layers|is_encoder_decoder)$/, modelsMessage("feature.encoder")],
	[/^(kv_lora_rank|q_lora_rank)$/, modelsMessage("feature.latentAttention")],
	[/^(attn|final)_logit_softcapping$/, modelsMessage("feature.softCapping")],
	[/^(alibi|use_alibi)$/, modelsMessage("feature.alibi")],
	[/^(use_parallel_residual|parallel_attn)$/, modelsMessage("feature.parallelResidual")],
	[
		/^(logit_scale|logits_scaling|residual_multiplier|embedding_multiplier|scale_emb)$/,
		modelsMessage("feature.multipliers"),
	],
	[/^(clip_qkv|qk_layernorm|use_qk_norm)$/, modelsMessage("feature.qkNorm")],
];

/** @throws TabTuneError "model", always, naming the unsupported features that config.json shows */
export function refuseUnknownModel(
	model_type: string,
	raw: JsonObject,
	where: string,
	known: readonly string[],
): never {
	const has = (key: string) => ![undefined, null, false, 0].includes(raw[key] as null);
	const needs = FEATURES.filter(([key]) => Object.keys(raw).some((name) => key.test(name) && has(name))).map(
		([, feature]) => feature,
	);
	throw new TabTuneError("model", {
		what:
			needs.length === 0
				? modelsMessage("unknownType", { model_type })
				: modelsMessage("unknownFeatures", {
						model_type,
						features: needs.reduceRight((rest, first) => modelsMessage("listed", { first, rest })),
					}),
		where,
		next: modelsMessage("unknownType.next", { types: known.join(", ") }),
	});
}
