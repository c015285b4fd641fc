// Converts the metadata of a GGUF file to the config.json of the Hugging Face model that it was made from
// (`set_gguf_parameters` in llama.cpp's conversion folder). Absent fields get the values that llama.cpp assumes.

import { TabTuneError } from "../../../shared/errors.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { ggufMessage } from "../../../shared/messages/gguf.en.ts";
import type { GgufFile } from "../../formats/gguf.ts";
import { decodeBlocks } from "../../formats/gguf-blocks.ts";
import type { ByteSource } from "../../formats/source.ts";
import type { ModelFamily } from "../family.ts";
import type { GgufArchitecture, GgufFields } from "./architecture.ts";
import { ggufRopeScaling, ROPE_FREQS } from "./rope.ts";

/** @throws TabTuneError "model" naming the field that is missing, "not-yet" for positions that are not supported */
export async function ggufConfig(
	file: GgufFile,
	source: ByteSource,
	{ model_type, className }: ModelFamily,
	architecture: GgufArchitecture,
	where: string,
): Promise<JsonObject> {
	const { metadata, tensors } = file;
	const fields = ggufFields(file, source, architecture.name, where);
	const { optional, need } = fields;
	const heads = need("attention.head_count");
	const common = {
		hidden_size: need("embedding_length"),
		intermediate_size: need("feed_forward_length"),
		num_hidden_layers: need("block_count"),
		num_attention_heads: heads,
		num_key_value_heads: optional("attention.head_count_kv") ?? heads,
		head_dim: optional("attention.key_length") ?? need("embedding_length") / heads,
		max_position_embeddings: need("context_length"),
	};
	const id = (key: string) => metadata.get(`tokenizer.ggml.${key}_token_id`) ?? null;
	return {
		architectures: [className],
		model_type,
		hidden_act: "silu",
		...common,
		vocab_size: tensors.get("token_embd.weight")?.shape[0] ?? 0,
		tie_word_embeddings: !tensors.has("output.weight"),
		attention_bias: tensors.has("blk.0.attn_q.bias"),
		mlp_bias: tensors.has("blk.0.ffn_up.bias"),
		bos_token_id: id("bos"),
		eos_token_id: id("eos"),
		pad_token_id: id("padding"),
		dtype: "float32",
		...(await architecture.config(fields, common)),
	};
}

function ggufFields({ metadata, tensors }: GgufFile, source: ByteSource, prefix: string, where: string): GgufFields {
	const value = (key: string) => metadata.get(`${prefix}.${key}`);
	const optional = (key: string) => {
		const found = value(key);
		return typeof found === "number" && Number.isFinite(found) ? found : undefined;
	};
	const tensor = async (path: string) => {
		const found = tensors.get(path);
		if (found === undefined) return undefined;
		return [...decodeBlocks(found.type, await source.read(found.offset, found.byteLength))];
	};
	return {
		value,
		optional,
		need(key) {
			const found = optional(key);
			if (found !== undefined) return found;
			throw new TabTuneError("model", {
				what: ggufMessage("missingField", { architecture: prefix, key }),
				where,
				next: ggufMessage("convertAgain.next"),
			});
		},
		tensor,
		ropeScaling: async (head_dim, theta) =>
			ggufRopeScaling(metadata, prefix, { theta, head_dim, factors: await tensor(ROPE_FREQS) }, where),
	};
}
