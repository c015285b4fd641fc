// Reads the one GGUF the golden of a real model needs (Llama layout; F32, Q8_0 and Q4_1) into a Hugging Face folder without a
// tokenizer. A tests' helper: formats/ will read GGUF for people.
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeToFloat32, encodeBf16, encodeFloat32, writeSafetensors } from "../engine/formats/index.ts";

const PARTS: Record<string, string> = {
	attn_q: "self_attn.q_proj",
	attn_k: "self_attn.k_proj",
	attn_v: "self_attn.v_proj",
	attn_output: "self_attn.o_proj",
	ffn_gate: "mlp.gate_proj",
	ffn_up: "mlp.up_proj",
	ffn_down: "mlp.down_proj",
	attn_norm: "input_layernorm",
	ffn_norm: "post_attention_layernorm",
};
const NAMES: Record<string, string> = {
	token_embd: "model.embed_tokens",
	output_norm: "model.norm",
	output: "lm_head",
};

type Value = number | string | boolean | Value[];

/** Reads little-endian values one after another. */
class Reader {
	at = 0;
	constructor(private readonly bytes: Buffer) {}
	u32(): number {
		return this.bytes.readUInt32LE(this.skip(4));
	}
	u64(): number {
		return Number(this.bytes.readBigUInt64LE(this.skip(8)));
	}
	text(): string {
		const length = this.u64();
		const from = this.skip(length);
		return this.bytes.toString("utf8", from, from + length);
	}
	/** Steps over bytes and says where they begin. */
	private skip(length: number): number {
		const from = this.at;
		this.at += length;
		return from;
	}
	value(type: number): Value {
		const sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
		if (type === 8) return this.text();
		if (type === 9) {
			const of = this.u32();
			return Array.from({ length: this.u64() }, () => this.value(of));
		}
		const at = this.at;
		this.at += sizes[type];
		if (type === 6) return this.bytes.readFloatLE(at);
		if (type === 12) return this.bytes.readDoubleLE(at);
		return sizes[type] === 8 ? Number(this.bytes.readBigInt64LE(at)) : this.bytes.readUIntLE(at, sizes[type]);
	}
}

/** Every half-precision number by its bits. */
const HALVES = decodeToFloat32(new Uint8Array(Uint16Array.from({ length: 65536 }, (_, bits) => bits).buffer), "F16");

/** Values of a tensor in float32, as gguf's own `dequantize` gives them. */
function dequantise(bytes: Buffer, type: number, count: number): Float32Array {
	if (type === 0) return decodeToFloat32(new Uint8Array(bytes), "F32").slice();
	const out = new Float32Array(count);
	const half = (at: number) => HALVES[bytes[at] | (bytes[at + 1] << 8)];
	if (type === 8) {
		// Q8_0: a scale, then 32 signed bytes.
		for (let i = 0, at = 0; i < count; i += 32, at += 34) {
			const scale = half(at);
			for (let j = 0; j < 32; j++) out[i + j] = scale * ((bytes[at + 2 + j] << 24) >> 24);
		}
		return out;
	}
	// Q4_1: a scale and a minimum, then 16 bytes of nibbles, the low ones first.
	for (let i = 0, at = 0; i < count; i += 32, at += 20) {
		const scale = half(at);
		const minimum = half(at + 2);
		for (let j = 0; j < 16; j++) {
			const pair = bytes[at + 4 + j];
			out[i + j] = Math.fround(scale * (pair & 15)) + minimum;
			out[i + j + 16] = Math.fround(scale * (pair >> 4)) + minimum;
		}
	}
	return out;
}

/** GGUF lays rows of q and k as [heads, head_dim / 2, 2], Hugging Face as [heads, 2, head_dim / 2]. */
function unpermute(values: Float32Array, heads: number, columns: number): Float32Array {
	const dim = values.length / columns / heads;
	const out = new Float32Array(values.length);
	for (let row = 0; row < heads * dim; row++) {
		const [head, i] = [Math.floor(row / dim), row % dim];
		const to = head * dim + (i % 2) * (dim / 2) + (i >> 1);
		out.set(values.subarray(row * columns, (row + 1) * columns), to * columns);
	}
	return out;
}

/** Writes config.json and model.safetensors into `folder`. */
export async function ggufToFolder(path: string, folder: string, dtype: "float32" | "bfloat16"): Promise<void> {
	const file = await open(path);
	const bytes = await file.readFile();
	await file.close();
	const reader = new Reader(bytes);
	reader.at = 8; // magic and version
	const tensorCount = reader.u64();
	const fields = new Map<string, Value>();
	for (let left = reader.u64(); left > 0; left--) {
		const key = reader.text();
		fields.set(key, reader.value(reader.u32()));
	}
	const infos = Array.from({ length: tensorCount }, () => ({
		name: reader.text(),
		shape: Array.from({ length: reader.u32() }, () => reader.u64()).reverse(),
		type: reader.u32(),
		offset: reader.u64(),
	}));
	const start = Math.ceil(reader.at / 32) * 32;
	const get = (key: string) => Number(fields.get(`llama.${key}`));
	const heads = { attn_q: get("attention.head_count"), attn_k: get("attention.head_count_kv") };
	const tensors = infos.map(({ name, shape, type, offset }) => {
		const count = shape.reduce((a, b) => a * b, 1);
		const size = type === 0 ? count * 4 : (count / 32) * (type === 8 ? 34 : 20);
		let values = dequantise(bytes.subarray(start + offset, start + offset + size), type, count);
		const [, layer, part] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
		if (part === "attn_q" || part === "attn_k") values = unpermute(values, heads[part], shape[1]);
		const module = part === undefined ? NAMES[name.replace(".weight", "")] : `model.layers.${layer}.${PARTS[part]}`;
		return {
			name: `${module}.weight`,
			shape,
			dtype: dtype === "float32" ? "F32" : "BF16",
			bytes: dtype === "float32" ? encodeFloat32(values) : encodeBf16(values),
		};
	});
	const config = {
		model_type: "llama",
		hidden_act: "silu",
		hidden_size: get("embedding_length"),
		intermediate_size: get("feed_forward_length"),
		num_hidden_layers: get("block_count"),
		num_attention_heads: heads.attn_q,
		num_key_value_heads: heads.attn_k,
		vocab_size: tensors.find(({ name }) => name === "model.embed_tokens.weight")?.shape[0],
		max_position_embeddings: get("context_length"),
		rms_norm_eps: Number(get("attention.layer_norm_rms_epsilon").toFixed(12)),
		rope_theta: fields.has("llama.rope.freq_base") ? get("rope.freq_base") : 10000,
		tie_word_embeddings: !infos.some(({ name }) => name === "output.weight"),
	};
	await mkdir(folder, { recursive: true });
	await writeFile(join(folder, "config.json"), JSON.stringify(config));
	await writeFile(join(folder, "model.safetensors"), writeSafetensors(tensors, { format: "pt" }));
}
