// What llama.cpp calls the weights that Hugging Face names otherwise, by architecture (gguf-py's tensor_mapping.py). To add an
// architecture: its line in GGUF_ARCHITECTURES, and its parts where they are new.

const PARTS: Readonly<Record<string, string>> = {
	"self_attn.q_proj": "attn_q",
	"self_attn.k_proj": "attn_k",
	"self_attn.v_proj": "attn_v",
	"self_attn.o_proj": "attn_output",
	"self_attn.q_norm": "attn_q_norm",
	"self_attn.k_norm": "attn_k_norm",
	"mlp.gate_proj": "ffn_gate",
	"mlp.up_proj": "ffn_up",
	"mlp.down_proj": "ffn_down",
	input_layernorm: "attn_norm",
	post_attention_layernorm: "ffn_norm",
};
const WHOLE: Readonly<Record<string, string>> = {
	"model.embed_tokens": "token_embd",
	"model.norm": "output_norm",
	lm_head: "output",
};

export interface GgufArchitecture {
	/** Hugging Face's name; also llama.cpp's. */
	readonly model_type: string;
	/** Whether rows of q and k lie as pairs [heads, head_dim / 2, 2] instead of halves [heads, 2, head_dim / 2]. */
	readonly pairs: boolean;
}

export const GGUF_ARCHITECTURES: readonly GgufArchitecture[] = [
	{ model_type: "llama", pairs: true },
	{ model_type: "qwen2", pairs: false },
	{ model_type: "qwen3", pairs: false },
];

/** That of a Hugging Face model; undefined for one that is not known. */
export function ggufArchitecture(model_type: string): GgufArchitecture | undefined {
	return GGUF_ARCHITECTURES.find((known) => known.model_type === model_type);
}

/** "model.layers.0.self_attn.q_proj.weight" → "blk.0.attn_q.weight"; undefined for what has no name there. */
export function ggufName(name: string): string | undefined {
	const [, module, kind] = /^(.+)\.(weight|bias)$/.exec(name) ?? [];
	if (module === undefined) return undefined;
	const [, layer, part] = /^model\.layers\.(\d+)\.(.+)$/.exec(module) ?? [];
	const found = part === undefined ? WHOLE[module] : PARTS[part] && `blk.${layer}.${PARTS[part]}`;
	return found === undefined ? undefined : `${found}.${kind}`;
}

/** The way back. */
export function huggingFaceName(name: string): string | undefined {
	const [, layer, short, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
	const names = layer === undefined ? WHOLE : PARTS;
	const found = Object.keys(names).find((long) => names[long] === short);
	if (found === undefined) return undefined;
	return layer === undefined ? `${found}.${kind}` : `model.layers.${layer}.${found}.${kind}`;
}

/** Whether the rows of a weight are turned into pairs, in this architecture. */
export function isPaired({ pairs }: GgufArchitecture, name: string): "q" | "k" | null {
	const [, which] = /\.self_attn\.([qk])_proj\./.exec(name) ?? [];
	return pairs && which !== undefined ? (which as "q" | "k") : null;
}

/** Where row `row` of halves lies among pairs, both counted from the first head's first row. */
export function pairedRow(row: number, head_dim: number): number {
	const [head, i] = [Math.floor(row / head_dim), row % head_dim];
	const half = head_dim / 2;
	return head * head_dim + (i < half ? 2 * i : 2 * (i - half) + 1);
}

/** values: [heads * head_dim, width], halves, as pairs. */
export function rowsToPairs(values: Float32Array, width: number, head_dim: number): Float32Array {
	const out = new Float32Array(values.length);
	for (let row = 0; row < values.length / width; row++)
		out.set(values.subarray(row * width, (row + 1) * width), pairedRow(row, head_dim) * width);
	return out;
}
