// config.json of a Hugging Face model, of either age, as typed numbers. Newer files nest rope_theta and rope_scaling in
// rope_parameters and write dtype for torch_dtype. To read a new key: add it to ModelConfig and below.
import { TabTuneError } from "../errors.ts";
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
	readonly tie_word_embeddings: boolean;
	readonly attention_bias: boolean;
	readonly mlp_bias: boolean;
	readonly bos_token_id: number | null;
	/** Every id that ends a text, of config.json and generation_config.json. */
	readonly eos_token_ids: readonly number[];
	readonly pad_token_id: number | null;
}

/**
 * Reads config.json (and generation_config.json when it is there).
 * @param known the model types we can build.
 * @throws TabTuneError "model" naming the key that is missing or wrong; "not-yet" for what a later version brings.
 */
export async function readModelConfig(folder: ModelFolder, known: readonly string[]): Promise<ModelConfig> {
	const raw = await folderJson(folder, "config.json");
	const where = `${folder.name}/config.json`;
	const fail = (what: string, next: string) => new TabTuneError("model", { what, where, next });
	const number = (key: string, fallback?: number, from: Record<string, unknown> = raw): number => {
		const value = from[key] ?? fallback;
		if (typeof value === "number" && Number.isFinite(value)) return value;
		throw fail(value === undefined || value === null ? `the key "${key}" is missing` : `"${key}" is ${JSON.stringify(value)}, a number is needed`, "use the config.json that came with the model");
	};
	const count = (key: string, fallback?: number): number => {
		const value = number(key, fallback);
		if (!Number.isInteger(value) || value < 1) throw fail(`"${key}" is ${value}, a whole number over 0 is needed`, "use the config.json that came with the model");
		return value;
	};
	const model_type = raw.model_type;
	if (typeof model_type !== "string") throw fail('the key "model_type" is missing', "use the config.json that came with the model");
	if (!known.includes(model_type)) throw fail(`model_type "${model_type}" is not known`, `use a model of these types: ${known.join(", ")}`);
	if (raw.hidden_act !== undefined && raw.hidden_act !== "silu") {
		throw new TabTuneError("not-yet", { what: `hidden_act "${String(raw.hidden_act)}" is not supported`, where, next: "use a model with silu" });
	}
	if (raw.quantization_config !== undefined && raw.quantization_config !== null) {
		throw new TabTuneError("not-yet", { what: "quantised weights are not read yet", where, next: "use the float32, float16 or bfloat16 version of the model" });
	}
	const hidden_size = count("hidden_size");
	const num_attention_heads = count("num_attention_heads");
	const num_key_value_heads = count("num_key_value_heads", num_attention_heads);
	const head_dim = count("head_dim", hidden_size / num_attention_heads);
	if (num_attention_heads % num_key_value_heads !== 0) throw fail(`${num_attention_heads} attention heads cannot share ${num_key_value_heads} key heads`, "use the config.json that came with the model");
	if (head_dim % 2 !== 0) throw fail(`head_dim ${head_dim} is odd, rotary positions need pairs`, "use the config.json that came with the model");
	const rope = { ...asTable(raw.rope_scaling), ...asTable(raw.rope_parameters) };
	const generation = (await folder.list()).includes("generation_config.json") ? await folderJson(folder, "generation_config.json") : {};
	return {
		model_type,
		hidden_size,
		intermediate_size: count("intermediate_size"),
		num_hidden_layers: count("num_hidden_layers"),
		num_attention_heads,
		num_key_value_heads,
		head_dim,
		vocab_size: count("vocab_size"),
		max_position_embeddings: count("max_position_embeddings", 2048),
		rms_norm_eps: number("rms_norm_eps", 1e-6),
		rope_theta: number("rope_theta", number("rope_theta", 10_000), rope),
		rope_scaling: ropeScaling(rope, number, where),
		tie_word_embeddings: raw.tie_word_embeddings === true,
		attention_bias: raw.attention_bias === true,
		mlp_bias: raw.mlp_bias === true,
		bos_token_id: ids(raw.bos_token_id)[0] ?? null,
		eos_token_ids: [...new Set([...ids(raw.eos_token_id), ...ids(generation.eos_token_id)])],
		pad_token_id: ids(raw.pad_token_id)[0] ?? null,
	};
}

function ropeScaling(rope: Record<string, unknown>, number: (key: string, fallback: undefined, from: Record<string, unknown>) => number, where: string): RopeScaling | null {
	const type = rope.rope_type ?? rope.type ?? "default";
	const get = (key: string) => number(key, undefined, rope);
	if (type === "default") return null;
	if (type === "linear") return { rope_type: "linear", factor: get("factor") };
	if (type === "llama3") {
		return {
			rope_type: "llama3",
			factor: get("factor"),
			low_freq_factor: get("low_freq_factor"),
			high_freq_factor: get("high_freq_factor"),
			original_max_position_embeddings: get("original_max_position_embeddings"),
		};
	}
	throw new TabTuneError("not-yet", { what: `rope type "${String(type)}" is not supported`, where, next: "use a model with default, linear or llama3 rotary positions" });
}

function asTable(value: unknown): Record<string, unknown> {
	return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function ids(value: unknown): number[] {
	return (Array.isArray(value) ? value : [value]).filter((id): id is number => typeof id === "number");
}
