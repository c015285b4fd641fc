// Rope scaling of Phi-3 and Gemma 3 from a GGUF file's metadata; no fixture of a whole model has it.
import { expect, test } from "vitest";
import { encodeFloat32 } from "../../formats/dtype.ts";
import { type GgufField, planGguf, writeGguf } from "../../formats/gguf-write.ts";
import { bytesSource } from "../../formats/source.ts";
import { fixtureFolder, fixtureText } from "../../formats/test-tools.ts";
import { readModelConfig } from "../config.ts";
import { ggufFolder } from "./folder.ts";

async function configOf(
	name: string,
	numbers: Readonly<Record<string, number>>,
	more: readonly GgufField[] = [],
	tensors: Readonly<Record<string, readonly number[]>> = {},
) {
	const fields: GgufField[] = [
		{ key: "general.architecture", kind: "text", value: name },
		...Object.entries(numbers).map(([key, value]): GgufField => {
			return { key: `${name}.${key}`, kind: Number.isInteger(value) ? "uint32" : "float32", value };
		}),
		{ key: "tokenizer.ggml.model", kind: "text", value: "gpt2" },
		{ key: "tokenizer.ggml.tokens", kind: "texts", value: ["a", "b"] },
		{ key: "tokenizer.ggml.merges", kind: "texts", value: [] },
		...more,
	];
	const entries = Object.entries({ token_embd: [0, 0], ...tensors }).map(([key, values]) => ({
		name: `${key}.weight`,
		shape: key === "token_embd" ? [2, 1] : [values.length],
		type: "F32",
		bytes: () => encodeFloat32(Float32Array.from(values)),
	}));
	const file = await writeGguf(planGguf(fields, entries));
	return readModelConfig(await ggufFolder("made.gguf", bytesSource(file)));
}

test("Phi-3's long factors match the golden, and another attention factor is reported", async () => {
	const golden = await readModelConfig(fixtureFolder("goldens/phi3-longrope"));
	const { rope_parameters } = JSON.parse(fixtureText("goldens/phi3-longrope/config.json"));
	// As Phi3MiniModel of llama.cpp's converter writes them.
	const numbers = {
		context_length: 256,
		"rope.scaling.original_context_length": 64,
		embedding_length: 24,
		feed_forward_length: 29,
		block_count: 2,
		"attention.head_count": 2,
		"attention.head_count_kv": 2,
		"attention.layer_norm_rms_epsilon": 1e-5,
		"rope.dimension_count": 12,
		"attention.sliding_window": 0,
	};
	const factors = {
		rope_factors_long: rope_parameters.long_factor as number[],
		rope_factors_short: rope_parameters.short_factor as number[],
	};
	const attention = (value: number): GgufField[] => [
		{ key: "phi3.rope.scaling.type", kind: "text", value: "longrope" },
		{ key: "phi3.rope.scaling.attn_factor", kind: "float32", value },
	];
	const usual = Math.sqrt(1 + Math.log(4) / Math.log(64));
	const read = await configOf("phi3", numbers, attention(usual), factors);
	const short_factor = factors.rope_factors_short.map(Math.fround);
	expect(read.rope_scaling).toEqual({ ...golden.rope_scaling, short_factor });
	// The file created here has no tokens and no head.
	const made = { ...golden, vocab_size: 2, tie_word_embeddings: true };
	const plain = { rope_scaling: null, bos_token_id: null, eos_token_ids: null, pad_token_id: null };
	expect({ ...read, ...plain }).toEqual({ ...made, ...plain });
	const other = await configOf("phi3", numbers, attention(1.5), factors);
	expect(other.rope_scaling).toEqual({ ...golden.rope_scaling, short_factor, attention_factor: 1.5 });
});

test("Gemma 3 scales RoPE in every sixth layer, those with full attention; the largest has a different scale", async () => {
	const numbers = {
		context_length: 512,
		embedding_length: 48,
		feed_forward_length: 64,
		block_count: 12,
		"attention.head_count": 4,
		"attention.head_count_kv": 2,
		"attention.key_length": 16,
		"attention.layer_norm_rms_epsilon": 1e-6,
		"attention.sliding_window": 32,
		"rope.freq_base": 1e6,
		"rope.scaling.factor": 8,
	};
	const linear: GgufField[] = [{ key: "gemma3.rope.scaling.type", kind: "text", value: "linear" }];
	const read = await configOf("gemma3", numbers, linear);
	const six = [32, 32, 32, 32, 32, null];
	expect(read).toMatchObject({
		rope_scaling: { rope_type: "linear", factor: 8 },
		rope_theta: 1e6,
		rope_local_base_freq: 10_000,
		layer_windows: [...six, ...six],
		query_pre_attn_scalar: 16,
	});
	const large = await configOf("gemma3", { ...numbers, block_count: 62 }, linear);
	expect(large.query_pre_attn_scalar).toBe(12);
});
