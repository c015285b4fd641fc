// What llama.cpp calls the weights that Hugging Face names otherwise, by architecture (gguf-py's tensor_mapping.py). To add an
// architecture: its line in GGUF_ARCHITECTURES, and its parts where they are new.

type Names = Readonly<Record<string, string>>;
const LLAMA_PARTS: Names = {
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
const LLAMA_WHOLE: Names = {
	"model.embed_tokens": "token_embd",
	"model.norm": "output_norm",
	lm_head: "output",
};

const LLAMA = {
	layers: "model.layers",
	parts: LLAMA_PARTS,
	whole: LLAMA_WHOLE,
	pairs: false,
	onePlus: false,
	written: true,
};

export interface GgufArchitecture {
	/** Hugging Face's name, and that of its class. */
	readonly model_type: string;
	readonly className: string;
	/** llama.cpp's name. */
	readonly name: string;
	readonly layers: string; // "model.layers"
	/** Parts of a layer and what stands outside the layers: Hugging Face's name → llama.cpp's. */
	readonly parts: Names;
	readonly whole: Names;
	/** Whether rows of q and k lie as pairs [heads, head_dim / 2, 2] instead of halves [heads, 2, head_dim / 2]. */
	readonly pairs: boolean;
	/** Whether norms are stored as 1 + w where Hugging Face has w. */
	readonly onePlus: boolean;
	/** Whether adapters and merged models are written for it. */
	readonly written: boolean;
}

export const GGUF_ARCHITECTURES: readonly GgufArchitecture[] = [
	{ ...LLAMA, model_type: "llama", className: "LlamaForCausalLM", name: "llama", pairs: true },
	{ ...LLAMA, model_type: "qwen2", className: "Qwen2ForCausalLM", name: "qwen2" },
	{ ...LLAMA, model_type: "qwen3", className: "Qwen3ForCausalLM", name: "qwen3" },
	{
		...LLAMA,
		model_type: "gemma3_text",
		className: "Gemma3ForCausalLM",
		name: "gemma3",
		onePlus: true,
		written: false,
		parts: {
			...LLAMA_PARTS,
			post_attention_layernorm: "post_attention_norm",
			pre_feedforward_layernorm: "ffn_norm",
			post_feedforward_layernorm: "post_ffw_norm",
		},
	},
	{
		...LLAMA,
		model_type: "phi3",
		className: "Phi3ForCausalLM",
		name: "phi3",
		written: false,
		parts: { ...LLAMA_PARTS, "self_attn.qkv_proj": "attn_qkv", "mlp.gate_up_proj": "ffn_up", "mlp.up_proj": "" },
	},
	{
		...LLAMA,
		model_type: "gpt2",
		className: "GPT2LMHeadModel",
		name: "gpt2",
		layers: "transformer.h",
		written: false,
		parts: {
			"attn.c_attn": "attn_qkv",
			"attn.c_proj": "attn_output",
			"mlp.c_fc": "ffn_up",
			"mlp.c_proj": "ffn_down",
			ln_1: "attn_norm",
			ln_2: "ffn_norm",
		},
		whole: {
			"transformer.wte": "token_embd",
			"transformer.wpe": "position_embd",
			"transformer.ln_f": "output_norm",
			lm_head: "output",
		},
	},
];

/** That of a Hugging Face model that is written as GGUF; undefined for another. */
export function ggufArchitecture(model_type: string): GgufArchitecture | undefined {
	return GGUF_ARCHITECTURES.find((known) => known.model_type === model_type && known.written);
}

/** "model.layers.0.self_attn.q_proj.weight" → "blk.0.attn_q.weight"; undefined for what has no name there. */
export function ggufName({ layers, parts, whole }: GgufArchitecture, name: string): string | undefined {
	const [, module, kind] = /^(.+)\.(weight|bias)$/.exec(name) ?? [];
	if (module === undefined) return undefined;
	const inside = module.startsWith(`${layers}.`) ? module.slice(layers.length + 1) : "";
	const [, layer, part] = /^(\d+)\.(.+)$/.exec(inside) ?? [];
	const found = part === undefined ? whole[module] : parts[part] && `blk.${layer}.${parts[part]}`;
	return found === undefined ? undefined : `${found}.${kind}`;
}

/** The way back. */
export function huggingFaceName({ layers, parts, whole }: GgufArchitecture, name: string): string | undefined {
	const [, layer, short, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
	const names = layer === undefined ? whole : parts;
	const found = Object.keys(names).find((long) => names[long] === short);
	if (found === undefined) return undefined;
	return layer === undefined ? `${found}.${kind}` : `${layers}.${layer}.${found}.${kind}`;
}

/** Whether a weight is a norm that is stored as 1 + w. */
export function isOnePlus({ onePlus }: GgufArchitecture, name: string): boolean {
	return onePlus && name.endsWith("norm.weight");
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
