// Checks that everything in a GGUF file was used: each metadata key that nothing read is on the list below or an error. The list
// follows llama.cpp's llama-arch.cpp and gguf-py's constants.py.

import { TabTuneError } from "../../../shared/errors.ts";
import { ggufMessage } from "../../../shared/messages/index.ts";
import { type IgnoredKeys, type UnreadKey, unusedKeys } from "../../formats/tracked-reads.ts";

/** Keys that describe the file and change no result. */
const GENERAL: readonly IgnoredKeys[] = [
	{
		keys: /^general\.(alignment|type|architecture|file_type|quantization_version|name|basename|size_label|finetune|version|description|author|organization|quantized_by|license|url|doi|uuid|repo_url|tags|languages|datasets|source|base_model|dataset|parameter_count|sampling|converted_by|tensor_extra)(\..+)?$/,
	},
	{ keys: /^split\.(no|count|tensors\.count)$/ },
];

/** Keys of an architecture, without its prefix, that llama.cpp reads for its log only, or for none of the supported families. */
const ARCHITECTURE: readonly IgnoredKeys[] = [
	{ keys: ["vocab_size", "tensor_data_layout", "rope.scaling.finetuned", "rope.scaling.original_context_length"] },
	// The architecture decides which of the two norms it has.
	{ keys: ["attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon"] },
	{ keys: ["attention.causal", "use_parallel_residual"], neutral: [true] },
	{ keys: ["rope.scaling.yarn_ext_factor"], neutral: [-1] },
	{ keys: ["rope.scaling.yarn_attn_factor"], neutral: [1] },
	{ keys: ["rope.scaling.yarn_beta_fast"], neutral: [32] },
	{ keys: ["rope.scaling.yarn_beta_slow"], neutral: [1] },
	{ keys: ["attention.output_scale", "logit_scale", "residual_scale", "embedding_scale"], neutral: [0, 1] },
	{
		keys: /^(expert_(used_|shared_|group_|group_used_)?count|nextn_predict_layers|pooling_type|leading_dense_block_count|attention\.(sliding_window|clamp_kqv|max_alibi_bias|scale|shared_kv_layers)|(attn|final|router)_logit_softcapping|rope\.scaling\.(alpha|yarn_log_multiplier)|rope\.dimension_count)$/,
		neutral: [0],
	},
];

/** Keys of the tokenizer that change no ids: marks for filling in the middle and roles of other kinds of models. */
const TOKENIZER: readonly IgnoredKeys[] = [
	{
		keys: /^tokenizer\.ggml\.((fim_\w+|prefix|suffix|middle|seperator|separator|cls|mask|eot|eom)_token_id|token_type_count)$/,
	},
	{ keys: /^tokenizer\.ggml\.(add_sep_token|normalizer\.\w+)$/, neutral: [false] },
	// llama.cpp reads these for other kinds of vocabularies only: scores and the prefix for SentencePiece, merges for BPE.
	{ keys: /^tokenizer\.ggml\.(pre|scores|merges|add_space_prefix|remove_extra_whitespaces)$/ },
	{ keys: ["tokenizer.ggml.added_tokens", "tokenizer.ggml.suppress_tokens"], neutral: [[]] },
	// The tokenizer is made from tokenizer.ggml.*, from which llama.cpp makes its own.
	{ keys: ["tokenizer.huggingface.json"] },
];

/**
 * Keys of other prefixes, such as quantize.imatrix.file, are notes of the program that wrote them.
 * @param architecture the prefix of the model's own keys @throws TabTuneError "not-yet" naming the keys that nothing used
 */
export function checkMetadata(unread: readonly UnreadKey[], architecture: string, where: string): void {
	const own = unread
		.filter(({ key }) => key.startsWith(`${architecture}.`))
		.map(({ key, value }) => ({ key: key.slice(architecture.length + 1), value }));
	const common = unread.filter(({ key }) => /^(general|tokenizer|split)\./.test(key));
	const unused = [
		...unusedKeys(own, ARCHITECTURE).map(({ key, value }) => ({ key: `${architecture}.${key}`, value })),
		...unusedKeys(common, [...GENERAL, ...TOKENIZER]),
	];
	if (unused.length === 0) return;
	const shown = unused.slice(0, 5).map(({ key, value }) => `${key} = ${JSON.stringify(value)?.slice(0, 60)}`);
	throw new TabTuneError("not-yet", {
		what: ggufMessage("unusedKeys", { keys: shown.join(", "), more: unused.length > shown.length ? ", …" : "" }),
		where,
		next: ggufMessage("unusedKeys.next"),
	});
}
