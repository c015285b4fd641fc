// config.json of a Hugging Face model, of either age, as typed numbers. Newer files nest rope_theta and rope_scaling in
// rope_parameters and write dtype for torch_dtype. To read a new key: add it to ModelConfig and below.
import { TabTuneError } from "../errors.ts";
import { isObject, type JsonObject } from "./json.ts";
import { folderJson, type ModelFolder } from "./model-folder.ts";

export type RopeScaling =
	| { readonly rope_type: "linear"; readonly factor: number }
	| {
			readonly rope_type: "llama3";
			readonly factor: number;
			readonly low_freq_factor: number;
			readonly high_freq_factor: number;
			readonly original_max_position_embeddings: number;
	  };

export interface ModelConfig {
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
	readonly hidden_act: "silu";
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

const NEXT = "use the config.json that came with the model";

/**
 * Reads config.json (and generation_config.json when it is there). Defaults of missing keys are transformers'
 * (LlamaConfig); the sizes themselves must be given.
 * @param known the model types we can build.
 * @throws TabTuneError "model" naming the key that is missing or wrong; "not-yet" for what a later version brings.
 */
export async function readModelConfig(folder: ModelFolder, known: readonly string[]): Promise<ModelConfig> {
	const raw = await folderJson(folder, "config.json");
	const where = `${folder.name}/config.json`;
	const read = new Keys(raw, where);
	const { model_type } = raw;
	if (typeof model_type !== "string") throw read.wrong("model_type", "a name");
	if (!known.includes(model_type)) {
		throw new TabTuneError("model", {
			what: `model_type "${model_type}" is not known`,
			where,
			next: `use a model of these types: ${known.join(", ")}`,
		});
	}
	if ((raw.hidden_act ?? "silu") !== "silu")
		throw notYet(`hidden_act ${JSON.stringify(raw.hidden_act)}`, where, "a model with silu");
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
	if (head_dim % 2 !== 0) throw read.fail(`head_dim ${head_dim} is odd, rotary positions need pairs`);
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
		max_position_embeddings: Math.min(read.count("max_position_embeddings", 2048), slidingWindow(read, raw)),
		rms_norm_eps: read.positive("rms_norm_eps", 1e-6),
		rope_theta: new Keys({ rope_theta: rope.rope_theta ?? raw.rope_theta }, where).positive("rope_theta", 10_000),
		rope_scaling: ropeScaling(rope, where),
		hidden_act: "silu",
		tie_word_embeddings: read.flag("tie_word_embeddings"),
		attention_bias: read.flag("attention_bias"),
		mlp_bias: read.flag("mlp_bias"),
		bos_token_id: ids(raw.bos_token_id)[0] ?? null,
		eos_token_ids: [...new Set([...ids(raw.eos_token_id), ...ids(generation.eos_token_id)])],
		pad_token_id: ids(raw.pad_token_id)[0] ?? null,
		dtype: [raw.dtype, raw.torch_dtype].find((name) => typeof name === "string") ?? null,
	};
}

/** Typed keys of one JSON object; `null` counts as missing, as in transformers. */
class Keys {
	constructor(
		private readonly raw: JsonObject,
		private readonly where: string,
	) {}

	fail(what: string): TabTuneError {
		return new TabTuneError("model", { what, where: this.where, next: NEXT });
	}

	wrong(key: string, needed: string): TabTuneError {
		const value = this.raw[key] ?? null;
		return this.fail(
			value === null ? `the key "${key}" is missing` : `"${key}" is ${JSON.stringify(value)}, ${needed} is needed`,
		);
	}

	count(key: string, fallback?: number): number {
		const value = this.raw[key] ?? fallback;
		if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
		if ((this.raw[key] ?? null) === null && value !== undefined)
			throw this.fail(`"${key}" would be ${value}, a whole number over 0 is needed`);
		throw this.wrong(key, "a whole number over 0");
	}

	positive(key: string, fallback?: number): number {
		const value = this.raw[key] ?? fallback;
		if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
		throw this.wrong(key, "a number over 0");
	}

	flag(key: string): boolean {
		const value = this.raw[key] ?? false;
		if (typeof value === "boolean") return value;
		throw this.wrong(key, "true or false");
	}
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

function ropeScaling(rope: JsonObject, where: string): RopeScaling | null {
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
	throw notYet(`rope type ${JSON.stringify(type)}`, where, "a model with default, linear or llama3 rotary positions");
}

function notYet(what: string, where: string, instead: string): TabTuneError {
	return new TabTuneError("not-yet", { what: `${what} is not supported yet`, where, next: `use ${instead}` });
}

function asObject(value: unknown): JsonObject {
	return isObject(value) ? value : {};
}

/** One id or a list of them; -1, which old files write for "none", is none. */
function ids(value: unknown): number[] {
	return (Array.isArray(value) ? value : [value]).filter((id): id is number => Number.isSafeInteger(id) && id >= 0);
}
