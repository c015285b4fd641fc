// config.json of a Hugging Face model, of either age, as typed numbers. Newer files nest rope_theta and rope_scaling in
// rope_parameters and write dtype for torch_dtype. To read a new key: add it to ModelConfig and below.
import type { Unlike } from "./hf-config-families.ts";
import { asObject, Keys, notYet } from "./hf-config-keys.ts";
import type { JsonObject } from "./json.ts";
import { folderJson, type ModelFolder } from "./model-folder.ts";

export type RopeScaling =
	| { readonly rope_type: "linear"; readonly factor: number }
	| {
			readonly rope_type: "llama3";
			readonly factor: number;
			readonly low_freq_factor: number;
			readonly high_freq_factor: number;
			readonly original_max_position_embeddings: number;
	  }
	| {
			/** Texts up to the original length alone: beyond it transformers takes other factors. */
			readonly rope_type: "longrope";
			/** Divisor of each frequency, [rotary_dim / 2]. */
			readonly short_factor: readonly number[];
			/** Cosines and sines are multiplied by it. */
			readonly attention_factor: number;
	  };

/** How the MLP bends: silu, or gelu in its tanh form. */
export type HiddenAct = "silu" | "gelu_tanh";

/** Model types whose config.json has Llama's keys and defaults, but for what is said below. */
const LLAMAS = ["llama", "mistral", "qwen2", "qwen3"];

const ACTS: Readonly<Record<string, HiddenAct>> = {
	silu: "silu",
	gelu_new: "gelu_tanh",
	gelu_pytorch_tanh: "gelu_tanh",
};

export interface ModelConfig extends Unlike {
	readonly model_type: string;
	readonly hidden_size: number;
	readonly intermediate_size: number;
	readonly num_hidden_layers: number;
	readonly num_attention_heads: number;
	readonly num_key_value_heads: number;
	readonly head_dim: number;
	readonly vocab_size: number;
	readonly max_position_embeddings: number;
	readonly rms_norm_eps: number;
	readonly rope_theta: number;
	readonly rope_scaling: RopeScaling | null;
	readonly hidden_act: HiddenAct;
	readonly tie_word_embeddings: boolean;
	readonly attention_bias: boolean;
	readonly mlp_bias: boolean;
	readonly bos_token_id: number | null;
	/** Every id that ends a text, of config.json and generation_config.json. */
	readonly eos_token_ids: readonly number[];
	readonly pad_token_id: number | null;
	/** What config.json says of the weights, "bfloat16"; the files themselves decide. */
	readonly dtype: string | null;
}

/**
 * Reads config.json (and generation_config.json when it is there). Defaults of missing keys are transformers'
 * (LlamaConfig); the sizes themselves must be given.
 * @param known the model types we can build.
 * @throws TabTuneError "model" naming the key that is missing or wrong; "not-yet" for what a later version brings.
 */
export async function readModelConfig(folder: ModelFolder, known: readonly string[]): Promise<ModelConfig> {
	const file = await folderJson(folder, "config.json");
	const where = `${folder.name}/config.json`;
	const { model_type } = file;
	if (typeof model_type !== "string") throw new Keys(file, where).wrong("model_type", "a name");
	// A first visit has a Llama.
	const families = LLAMAS.includes(model_type) ? null : await import("./hf-config-families.ts");
	if (!known.includes(model_type)) families?.refuseMissing(model_type, file, where, known);
	const raw = families?.asLlamaKeys(file) ?? file;
	const read = new Keys(raw, where);
	const hidden_act = ACTS[String(raw.hidden_act ?? "silu")];
	if (hidden_act === undefined || (model_type === "gpt2" && hidden_act === "silu"))
		throw notYet(`hidden_act ${JSON.stringify(raw.hidden_act)}`, where, "a model with silu or gelu's tanh form");
	if ((raw.quantization_config ?? null) !== null) {
		throw notYet("a model with quantised weights", where, "the float32, float16 or bfloat16 version of the model");
	}

	const hidden_size = read.count("hidden_size");
	const num_attention_heads = read.count("num_attention_heads");
	const num_key_value_heads = read.count("num_key_value_heads", num_attention_heads);
	// Qwen3Config alone has a default of its own.
	const head_dim = read.count("head_dim", model_type === "qwen3" ? 128 : hidden_size / num_attention_heads);
	if (num_attention_heads % num_key_value_heads !== 0) {
		throw read.fail(
			`num_attention_heads ${num_attention_heads} is no multiple of num_key_value_heads ${num_key_value_heads}`,
		);
	}
	if (head_dim % 2 !== 0 && model_type !== "gpt2")
		throw read.fail(`head_dim ${head_dim} is odd, rotary positions need pairs`);
	const rope = { ...asObject(raw.rope_scaling), ...asObject(raw.rope_parameters) };
	const generation = (await folder.list()).includes("generation_config.json")
		? await folderJson(folder, "generation_config.json")
		: {};
	return {
		model_type,
		hidden_size,
		intermediate_size: read.count("intermediate_size"),
		num_hidden_layers: read.count("num_hidden_layers"),
		num_attention_heads,
		num_key_value_heads,
		head_dim,
		vocab_size: read.count("vocab_size"),
		max_position_embeddings: Math.min(
			read.count("max_position_embeddings", 2048),
			slidingWindow(read, raw),
			originalLength(rope, raw),
		),
		rms_norm_eps: read.positive("rms_norm_eps", 1e-6),
		rope_theta: new Keys({ rope_theta: rope.rope_theta ?? raw.rope_theta }, where).positive("rope_theta", 10_000),
		rope_scaling: ropeScaling(rope, raw, where),
		hidden_act,
		tie_word_embeddings: read.flag("tie_word_embeddings"),
		attention_bias: read.flag("attention_bias"),
		mlp_bias: read.flag("mlp_bias"),
		bos_token_id: ids(raw.bos_token_id)[0] ?? null,
		eos_token_ids: [...new Set([...ids(raw.eos_token_id), ...ids(generation.eos_token_id)])],
		pad_token_id: ids(raw.pad_token_id)[0] ?? null,
		dtype: [raw.dtype, raw.torch_dtype].find((name) => typeof name === "string") ?? null,
		...families?.unlikeLlama(raw, head_dim, where),
	};
}

/**
 * Tokens that a layer looks back at most. A text within the window sees all of itself, so the window is the longest text:
 * within it nothing is different. Mistral's is MistralConfig's where the key is missing, Qwen has one only where
 * use_sliding_window says so.
 */
function slidingWindow(read: Keys, { model_type, sliding_window, use_sliding_window }: JsonObject): number {
	const has = model_type === "mistral" ? sliding_window !== null : use_sliding_window === true;
	return has ? read.count("sliding_window", 4096) : Number.POSITIVE_INFINITY;
}

function ropeScaling(rope: JsonObject, raw: JsonObject, where: string): RopeScaling | null {
	const type = rope.rope_type ?? rope.type ?? "default";
	const read = new Keys(rope, where);
	if (type === "default") return null;
	if (type === "linear") return { rope_type: "linear", factor: read.positive("factor") };
	if (type === "llama3") {
		return {
			rope_type: "llama3",
			factor: read.positive("factor"),
			low_freq_factor: read.positive("low_freq_factor"),
			high_freq_factor: read.positive("high_freq_factor"),
			original_max_position_embeddings: read.count("original_max_position_embeddings"),
		};
	}
	// "su" and "yarn" are what older files of Phi-3 call it.
	if (type === "longrope" || (raw.model_type === "phi3" && (type === "su" || type === "yarn"))) {
		const original = originalLength(rope, raw);
		const factor = Number(rope.factor ?? Number(raw.max_position_embeddings) / original);
		const short = rope.short_factor;
		if (!Array.isArray(short) || !short.every((n) => typeof n === "number" && n > 0))
			throw read.wrong("short_factor", "a list of numbers over 0");
		return {
			rope_type: "longrope",
			short_factor: short as number[],
			// _compute_longrope_parameters in transformers' modeling_rope_utils.py
			attention_factor:
				typeof rope.attention_factor === "number"
					? rope.attention_factor
					: factor <= 1
						? 1
						: Math.sqrt(1 + Math.log(factor) / Math.log(original)),
		};
	}
	throw notYet(
		`rope type ${JSON.stringify(type)}`,
		where,
		"a model with default, linear, llama3 or longrope rotary positions",
	);
}

/** Tokens up to which longrope takes its short factors, the only ones here; no bound for other kinds. */
function originalLength(rope: JsonObject, raw: JsonObject): number {
	const type = rope.rope_type ?? rope.type ?? "default";
	if (type === "default" || !Array.isArray(rope.short_factor)) return Number.POSITIVE_INFINITY;
	return Number(rope.original_max_position_embeddings ?? raw.original_max_position_embeddings ?? 4096);
}

/** One id or a list of them; -1, which old files write for "none", is none. */
function ids(value: unknown): number[] {
	return (Array.isArray(value) ? value : [value]).filter((id): id is number => Number.isSafeInteger(id) && id >= 0);
}
