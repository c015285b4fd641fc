// Reads config.json of a Hugging Face model. The keys that all families share are read here; a family's differences are
// in its ConfigRules. Newer files nest rope_theta and rope_scaling in rope_parameters and write dtype instead of torch_dtype.
// A key that is neither read nor in ignored-keys.ts is an error.

import { TabTuneError } from "../../shared/errors.ts";
import type { JsonObject } from "../../shared/json.ts";
import { modelsMessage } from "../../shared/messages/index.ts";
import { asObject, ConfigKeys, notYet } from "../formats/config-keys.ts";
import { folderJson, type ModelFolder } from "../formats/index.ts";
import { TrackedJson, unusedKeys } from "../formats/tracked-reads.ts";
import type { ConfigRules } from "./family.ts";
import { IGNORED_KEYS } from "./ignored-keys.ts";
import { FAMILIES, KNOWN_MODEL_TYPES } from "./index.ts";
import { type HiddenAct, MOST_LAYERS, type ModelConfig } from "./model-config.ts";
import { originalLength, ropeKeys, ropeScaling } from "./rope-scaling.ts";
import { refuseUnknownModel } from "./unknown-model.ts";

const ACTIVATIONS: Readonly<Record<string, HiddenAct>> = {
	silu: "silu",
	swish: "silu",
	gelu_accurate: "gelu_tanh",
	gelu_fast: "gelu_tanh",
	gelu_new: "gelu_tanh",
	gelu_pytorch_tanh: "gelu_tanh",
};

/**
 * Reads config.json, and generation_config.json if there is one. Missing keys get transformers' defaults; the sizes must be
 * given.
 * @throws TabTuneError "model" naming the key that is missing or wrong, "not-yet" for an option that is not supported
 */
export async function readModelConfig(folder: ModelFolder): Promise<ModelConfig> {
	const file = await folderJson(folder, "config.json");
	const generation = (await folder.list()).includes("generation_config.json")
		? await folderJson(folder, "generation_config.json")
		: {};
	if (folder.gguf === undefined) return parseModelConfig(file, generation, `${folder.name}/config.json`);
	try {
		return parseModelConfig(file, generation, folder.name);
	} catch (error) {
		if (!(error instanceof TabTuneError)) throw error;
		const what = modelsMessage("ggufMetadata", { reason: error.parts.what });
		throw new TabTuneError(error.code, { what, where: folder.name, next: modelsMessage("ggufMetadata.next") });
	}
}

/** @param file config.json @param generation generation_config.json @param where the file's name in errors */
function parseModelConfig(file: JsonObject, generation: JsonObject, where: string): ModelConfig {
	const tracked = new TrackedJson(file);
	const { model_type } = tracked.view;
	if (typeof model_type !== "string") throw new ConfigKeys(file, where).wrong("model_type", modelsMessage("aName"));
	const rules =
		FAMILIES.find((family) => family.model_type === model_type)?.configRules ??
		refuseUnknownModel(model_type, file, where, KNOWN_MODEL_TYPES);
	const config = readKeys(tracked.view, generation, { model_type, rules, where });
	const unused = unusedKeys(tracked.unread(), [...(rules.ignored ?? []), ...IGNORED_KEYS]);
	if (unused.length === 0) return config;
	const shown = unused.slice(0, 3).map(({ key, value }) => `"${key}": ${short(JSON.stringify(value))}`);
	throw new TabTuneError("not-yet", {
		what: modelsMessage("unusedKeys", { keys: shown.join(", "), more: unused.length > 3 ? ", …" : "" }),
		where,
		next: modelsMessage("unusedKeys.next", { model_type }),
	});
}

const short = (json: string): string => (json.length > 60 ? `${json.slice(0, 57)}…` : json);

interface ReadingRules {
	readonly model_type: string;
	readonly rules: ConfigRules;
	readonly where: string;
}

function readKeys(view: JsonObject, generation: JsonObject, { model_type, rules, where }: ReadingRules): ModelConfig {
	const raw = withLlamaKeys(view, rules);
	const read = new ConfigKeys(raw, where);
	const act = raw.hidden_act ?? "silu";
	const hidden_act = typeof act === "string" && Object.hasOwn(ACTIVATIONS, act) ? ACTIVATIONS[act] : undefined;
	if (hidden_act === undefined)
		throw notYet(
			modelsMessage("keyValue", { key: "hidden_act", value: JSON.stringify(raw.hidden_act) }),
			where,
			modelsMessage("hiddenAct.next"),
		);
	for (const key of ["quantization_config", "quantization"]) {
		if ((raw[key] ?? null) === null) continue;
		const { quant_method } = asObject(raw[key]); // MLX writes both keys, without a method
		const program = typeof quant_method === "string" ? quant_method : "MLX";
		throw notYet(modelsMessage("quantisedWeights", { program }), where, modelsMessage("quantisedWeights.next"));
	}

	const layers = read.count("num_hidden_layers");
	// Before anything has an entry for each layer.
	if (layers > MOST_LAYERS) throw read.fail(modelsMessage("mostLayers", { layers, most: MOST_LAYERS }));
	const hidden_size = read.count("hidden_size");
	const num_attention_heads = read.count("num_attention_heads");
	const num_key_value_heads = read.count("num_key_value_heads", num_attention_heads);
	const head_dim = read.count("head_dim", hidden_size / num_attention_heads);
	if (num_attention_heads % num_key_value_heads !== 0) {
		throw read.fail(modelsMessage("kvHeads", { heads: num_attention_heads, kvHeads: num_key_value_heads }));
	}
	if (head_dim % 2 !== 0 && rules.learnedPositions !== true) throw read.fail(modelsMessage("oddHeadDim", { head_dim }));
	const rope = ropeKeys(raw, read);
	const positions = read.count("max_position_embeddings", 2048);
	const options = rules.options?.(raw, read, head_dim);
	const scaling = ropeScaling(rope, positions, rules, where);
	const pairs = (options?.rotary_dim ?? head_dim) / 2;
	if (scaling?.rope_type === "longrope" && scaling.short_factor.length !== pairs)
		throw read.fail(modelsMessage("factorCount", { count: scaling.short_factor.length, pairs }));
	const [rope_theta, dtype] = [raw.rope_theta, [raw.dtype, raw.torch_dtype].find((name) => typeof name === "string")];
	return {
		model_type,
		hidden_size,
		intermediate_size: read.count("intermediate_size"),
		num_hidden_layers: layers,
		num_attention_heads,
		num_key_value_heads,
		head_dim,
		vocab_size: read.count("vocab_size"),
		max_position_embeddings: Math.min(positions, slidingWindow(read, raw, rules), originalLength(rope)),
		rms_norm_eps: read.positive("rms_norm_eps", 1e-6),
		rope_theta: new ConfigKeys({ rope_theta: rope.rope_theta ?? rope_theta }, where).positive("rope_theta", 10_000),
		rope_scaling: scaling,
		hidden_act,
		tie_word_embeddings: read.flag("tie_word_embeddings"),
		attention_bias: read.flag("attention_bias"),
		mlp_bias: read.flag("mlp_bias"),
		bos_token_id: ids(raw.bos_token_id)[0] ?? null,
		eos_token_ids: [...new Set([...ids(raw.eos_token_id), ...ids(generation.eos_token_id)])],
		pad_token_id: ids(raw.pad_token_id)[0] ?? null,
		dtype: dtype ?? null,
		...options,
	};
}

/**
 * A view of config.json with Llama's key names and the family's defaults; null counts as missing, as in transformers.
 * Like the view it reads from, it cannot be enumerated.
 */
function withLlamaKeys(file: JsonObject, { defaults = {}, renamed = {}, derived }: ConfigRules): JsonObject {
	const present = (key: string) => file[key] ?? undefined;
	const overrides = derived?.(file) ?? {};
	const get = (_: JsonObject, key: string | symbol) => {
		if (typeof key === "symbol") return undefined;
		if (Object.hasOwn(overrides, key)) return overrides[key];
		// A null window means "no window", not "the default window".
		if (key === "sliding_window" && file[key] === null) return null;
		const [own, llamas] = [Object.hasOwn(renamed, key) ? present(renamed[key]) : undefined, present(key)];
		return own ?? llamas ?? defaults[key];
	};
	return new Proxy<JsonObject>({}, { get });
}

/**
 * Number of tokens that each layer attends to. The window does not affect a text that fits in it, so the context
 * length is limited to the window.
 */
function slidingWindow(read: ConfigKeys, raw: JsonObject, { hasSlidingWindow }: ConfigRules): number {
	const has = hasSlidingWindow?.(raw) ?? raw.use_sliding_window === true;
	return has ? read.count("sliding_window", 4096) : Number.POSITIVE_INFINITY;
}

/** Reads one id or a list of ids; -1, which old files write for "none", is omitted. */
function ids(value: unknown): number[] {
	return (Array.isArray(value) ? value : [value]).filter((id): id is number => Number.isSafeInteger(id) && id >= 0);
}
