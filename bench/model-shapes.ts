// Random bfloat16 models with the shapes of public ones. Values are generated when they are read, so that a model needs neither
// disk nor memory.
import { bytesSource, type ModelFolder, safetensorsHeader } from "../src/engine/formats/index.ts";
import { readModelConfig } from "../src/engine/models/config.ts";
import { familyOf } from "../src/engine/models/index.ts";

/** Sizes from the models' config.json. Only layers and widths matter: Qwen 2.5 is described as a Llama with biases. */
export const SHAPES: Readonly<Record<string, Record<string, unknown>>> = {
	"Qwen2.5-0.5B": {
		hidden_size: 896,
		intermediate_size: 4864,
		num_hidden_layers: 24,
		num_attention_heads: 14,
		num_key_value_heads: 2,
		vocab_size: 151936,
		attention_bias: true,
	},
	"Qwen3-0.6B": {
		model_type: "qwen3",
		hidden_size: 1024,
		intermediate_size: 3072,
		num_hidden_layers: 28,
		num_attention_heads: 16,
		num_key_value_heads: 8,
		head_dim: 128,
		vocab_size: 151936,
	},
	"Llama-3.2-1B": {
		hidden_size: 2048,
		intermediate_size: 8192,
		num_hidden_layers: 16,
		num_attention_heads: 32,
		num_key_value_heads: 8,
		vocab_size: 128256,
	},
	"Gemma-3-1B": {
		model_type: "gemma3_text",
		sliding_window: 512,
		hidden_size: 1152,
		intermediate_size: 6912,
		num_hidden_layers: 26,
		num_attention_heads: 4,
		num_key_value_heads: 1,
		head_dim: 256,
		vocab_size: 262144,
	},
	"SmolLM2-135M": {
		hidden_size: 576,
		intermediate_size: 1536,
		num_hidden_layers: 30,
		num_attention_heads: 9,
		num_key_value_heads: 3,
		vocab_size: 49152,
	},
	DistilGPT2: { model_type: "gpt2", n_embd: 768, n_layer: 6, n_head: 12, n_positions: 1024, vocab_size: 50257 },
};

/** The keys that the shapes of Llama's layout share. */
const COMMON = { model_type: "llama", max_position_embeddings: 4096, rms_norm_eps: 1e-6, rope_theta: 1e6 };

/** @param name a key of SHAPES, or any name @param own sizes of config.json, where they are not those of SHAPES */
export async function randomFolder(
	name: string,
	own: Readonly<Record<string, unknown>> = SHAPES[name],
): Promise<ModelFolder> {
	const config = JSON.stringify({
		...(own.model_type === "gpt2" ? {} : COMMON),
		tie_word_embeddings: true,
		...own,
	});
	const text = new TextEncoder().encode(config);
	const plain: ModelFolder = {
		name,
		list: async () => ["config.json"],
		open: async () => bytesSource(text),
		text: async () => config,
	};
	const shape = await readModelConfig(plain);
	const { weights: specs, transposed } = familyOf(shape.model_type);
	const tensors = specs(shape).map(({ name: weight, shape: size }) => {
		const stored = size.length === 2 && transposed?.(weight) === true ? size.toReversed() : size;
		return { name: weight, shape: stored, dtype: "BF16" };
	});
	const { header } = safetensorsHeader(tensors, {});
	const size = header.length + 2 * tensors.reduce((n, { shape: s }) => n + s.reduce((a, b) => a * b, 1), 0);
	const weights = {
		size,
		async read(offset: number, length: number) {
			const bytes = new Uint8Array(length);
			const own = Math.max(0, Math.min(length, header.length - offset));
			bytes.set(header.subarray(offset, offset + own));
			for (let at = own; at < length; at += 2) {
				const hash = Math.imul(offset + at, 2654435761) >>> 8;
				bytes[at] = hash & 255;
				bytes[at + 1] = 0x3c | (hash & 0x8000 ? 0x80 : 0); // ±0.008 … ±0.03
			}
			return bytes;
		},
	};
	return {
		name,
		list: async () => ["config.json", "model.safetensors"],
		open: async (file) => (file === "config.json" ? bytesSource(text) : weights),
		text: async () => config,
	};
}
