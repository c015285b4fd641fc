// Compares the type of every tensor, and the bytes of some, with those of llama-quantize (fixtures/make_gguf_mixes.py).
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { GGUF_DTYPES, type GgufDType } from "../../../shared/gguf-dtypes.ts";
import { isQuantisedGgufType, quantiseGguf } from "../../formats/gguf-quantise/quantise.ts";
import { byLayerAndName, ggufDType, ggufTensorTypes, type NamedTensor } from "./file-types.ts";

type Sizes = [string, number, number, number, number, number, boolean];
type Case = { sizes: Sizes; types: Partial<Record<GgufDType, Record<string, string | string[]>>> };
const cases = Object.entries<Case>(JSON.parse(readFileSync("fixtures/gguf-mixes.json", "utf8")));
const VOCABULARY = 64;

/** The tensors that the fixture's script writes. */
function tensorsOf([architecture, layers, hidden, wide, heads, kvHeads, untied]: Sizes): NamedTensor[] {
	const kv = (hidden / heads) * kvHeads;
	const parts: Readonly<Record<string, Record<string, number[]>>> = {
		llama: {
			attn_q: [hidden, hidden],
			attn_k: [kv, hidden],
			attn_v: [kv, hidden],
			attn_output: [hidden, hidden],
			ffn_gate: [wide, hidden],
			ffn_up: [wide, hidden],
			ffn_down: [hidden, wide],
		},
		phi3: {
			attn_qkv: [hidden + 2 * kv, hidden],
			attn_output: [hidden, hidden],
			ffn_up: [2 * wide, hidden],
			ffn_down: [hidden, wide],
		},
		gpt2: {
			attn_qkv: [3 * hidden, hidden],
			attn_output: [hidden, hidden],
			ffn_up: [wide, hidden],
			ffn_down: [hidden, wide],
		},
	};
	const norms = { attn_norm: [hidden], ffn_norm: [hidden] };
	const shapes = Array.from({ length: layers }, (_, layer) =>
		Object.entries({ ...(parts[architecture] ?? parts.llama), ...norms }).map(([part, shape]) => ({
			name: `blk.${layer}.${part}.weight`,
			shape,
		})),
	).flat();
	return [
		{ name: "token_embd.weight", shape: [VOCABULARY, hidden] },
		{ name: "output_norm.weight", shape: [hidden] },
		...(untied ? [{ name: "output.weight", shape: [VOCABULARY, hidden] }] : []),
		...(architecture === "gpt2" ? [{ name: "position_embd.weight", shape: [128, hidden] }] : []),
		...shapes,
	].sort(byLayerAndName);
}

/** `values` of the fixture's script. */
function valuesOf(name: string, count: number): Float32Array {
	let seed = 2_166_136_261;
	for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 16_777_619);
	return Float32Array.from({ length: count }, (_, i) => {
		let h = Math.imul(i + seed, 2_654_435_761);
		h ^= h >>> 15;
		h = Math.imul(h, 2_246_822_519);
		h = (h ^ (h >>> 13)) >>> 0;
		return ((h >>> 8) / 2 ** 24 - 0.5) * (h % 997 === 0 ? 1 : 1 / 16);
	});
}

/** The type of a tensor in the fixture; undefined for float32. */
function typeIn(types: Record<string, string | string[]>, { name, shape }: NamedTensor): string | undefined {
	if (!("most" in types)) return types[name]?.toString().split(" ")[0];
	if (shape.length === 1 || name === "position_embd.weight") return undefined;
	const other = Object.entries(types).find(([, names]) => Array.isArray(names) && names.includes(name));
	return other?.[0] ?? types.most.toString();
}

describe.each(cases)("%s", (_name, { sizes, types }) => {
	const tensors = tensorsOf(sizes);
	const [architecture, num_hidden_layers, , , num_attention_heads, num_key_value_heads] = sizes;
	const config = { num_hidden_layers, num_attention_heads, num_key_value_heads };

	test.each(Object.keys(types) as GgufDType[])("%s: every tensor has the type of llama-quantize", (dtype) => {
		const found = ggufTensorTypes(dtype, tensors, architecture, config);
		const expected = tensors.map((tensor) => typeIn(types[dtype] ?? {}, tensor) ?? "F32");
		expect(tensors.map(({ name }, i) => `${name} ${found[i]}`)).toEqual(
			tensors.map(({ name }, i) => `${name} ${expected[i]}`),
		);
	});

	test("matrices of the first layers have the bytes of llama-quantize", () => {
		const done = new Set<string>();
		for (const [dtype, entries] of Object.entries(types))
			for (const { name, shape } of tensors) {
				const [type, sha] = `${entries[name] ?? ""}`.split(" ");
				// One tensor of each name and type
				if (
					sha === undefined ||
					!isQuantisedGgufType(type) ||
					done.has(name + type) ||
					!/blk\.[01]|_embd|output\./.test(name)
				)
					continue;
				done.add(name + type);
				const values = valuesOf(name, shape[0] * shape[1]);
				const hash = createHash("sha256").update(quantiseGguf(type, values)).digest("hex");
				expect(hash.slice(0, 16), `${dtype} ${name} ${type}`).toBe(sha);
			}
		if (sizes[0] === "llama" && num_hidden_layers < 10) expect(done.size).toBeGreaterThan(30);
	});
});

test("names are those of llama.cpp in any case, and of PyTorch", () => {
	expect(["Q4_K_M", "q6_k", "F16", "bf16", "float32"].map(ggufDType)).toEqual([
		"q4_k_m",
		"q6_k",
		"float16",
		"bfloat16",
		"float32",
	]);
	expect(["q2_k", "constructor", ""].map(ggufDType)).toEqual([undefined, undefined, undefined]);
	for (const name of GGUF_DTYPES) expect(ggufDType(name)).toBe(name);
});
