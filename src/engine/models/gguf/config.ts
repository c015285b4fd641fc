// Converts the metadata of a GGUF file to the config.json of the Hugging Face model that it was made from
// (`set_gguf_parameters` in llama.cpp's conversion folder). Absent fields get the values that llama.cpp assumes.

import { TabTuneError } from "../../../shared/errors.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { ggufMessage } from "../../../shared/messages/index.ts";
import type { GgufFile } from "../../formats/gguf.ts";
import { decodeBlocks } from "../../formats/gguf-blocks.ts";
import { tokenId } from "../../formats/gguf-tokenizer.ts";
import type { ByteSource } from "../../formats/source.ts";
import type { ModelFamily } from "../family.ts";
import { MOST_LAYERS } from "../model-config.ts";
import type { GgufArchitecture, GgufFields } from "./architecture.ts";
import { ggufRopeScaling } from "./rope.ts";

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
	const { optional, need, fail } = fields;
	const count = (key: string, value = need(key)) => {
		if (Number.isSafeInteger(value) && value > 0) return value;
		throw fail(key, value);
	};
	const heads = count("attention.head_count");
	const kvHeads = count("attention.head_count_kv", optional("attention.head_count_kv") ?? heads);
	if (heads % kvHeads !== 0) throw fail("attention.head_count_kv", kvHeads);
	const hidden_size = count("embedding_length");
	const head_dim = optional("attention.key_length") ?? hidden_size / heads;
	if (!Number.isSafeInteger(head_dim)) throw fail("attention.head_count", heads);
	for (const key of LENGTHS_OF_HEADS) fields.checkLength(key, head_dim);
	const layers = count("block_count");
	if (layers > MOST_LAYERS) throw fail("block_count", layers);
	const common = {
		hidden_size,
		intermediate_size: count("feed_forward_length"),
		num_hidden_layers: layers,
		num_attention_heads: heads,
		num_key_value_heads: kvHeads,
		head_dim,
		max_position_embeddings: count("context_length"),
	};
	const id = (key: string) => tokenId(metadata, key) ?? null;
	// llama.cpp ends an answer at the end of a turn and of a message, too.
	const ends = [...new Set(["eos", "eot", "eom"].map(id).filter((one) => one !== null))];
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
		eos_token_id: ends.length > 1 ? ends : (ends[0] ?? null),
		pad_token_id: id("padding"),
		dtype: "float32",
		...(await architecture.config(fields, common)),
	};
}

/** Fields that must be the size of a head where they are present. */
const LENGTHS_OF_HEADS = ["attention.value_length", "attention.key_length_swa", "attention.value_length_swa"];

function ggufFields({ metadata, tensors }: GgufFile, source: ByteSource, prefix: string, where: string): GgufFields {
	const value = (key: string) => metadata.get(`${prefix}.${key}`);
	const fail = (key: string, found: unknown) =>
		new TabTuneError("model", {
			what: ggufMessage("wrongField", { architecture: prefix, key, value: JSON.stringify(found) }),
			where,
			next: ggufMessage("convertAgain.next"),
		});
	const optional = (key: string) => {
		const found = value(key);
		if (found === undefined) return undefined;
		const [first, ...others] = Array.isArray(found) ? (found as unknown[]) : [found];
		if (typeof first !== "number" || !Number.isFinite(first)) throw fail(key, found);
		if (others.every((other) => other === first)) return first;
		throw new TabTuneError("not-yet", {
			what: ggufMessage("perLayer", { architecture: prefix, key, value: JSON.stringify(found) }),
			where,
			next: ggufMessage("unknownTensor.next"),
		});
	};
	const tensor = async (path: string) => {
		const found = tensors.get(path);
		if (found === undefined) return undefined;
		return [...decodeBlocks(found.type, await source.read(found.offset, found.byteLength))];
	};
	const fields: GgufFields = {
		where,
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
		fail,
		checkLength(key, expected) {
			const found = optional(key) ?? expected;
			if (found === expected) return;
			throw new TabTuneError("not-yet", {
				what: ggufMessage("otherLength", { key, value: found, expected }),
				where,
				next: ggufMessage("notYet.next"),
			});
		},
		tensor,
		ropeScaling: (rotary_dim, theta, max_position_embeddings) =>
			ggufRopeScaling(fields, { rotary_dim, theta, max_position_embeddings }),
	};
	return fields;
}
