// A PEFT adapter folder: adapter_config.json and adapter_model.safetensors as PEFT 0.21 writes them
// (peft/utils/save_and_load.py, peft/tuners/lora/config.py). Keys we do not use are kept through a round trip.
import { TabTuneError } from "../errors.ts";
import { encodeFloat32 } from "./dtype.ts";
import { PythonFloat, pythonJson } from "./json.ts";
import { folderJson, type ModelFolder } from "./model-folder.ts";
import { openSafetensors, writeSafetensors } from "./safetensors.ts";

/** The keys of peft.LoraConfig that we read; the rest ride along in `others`. */
export interface LoraConfig {
	readonly base_model_name_or_path: string | null;
	readonly r: number;
	readonly lora_alpha: number;
	readonly lora_dropout: number;
	readonly target_modules: string | string[] | null;
	readonly exclude_modules: string | string[] | null;
	readonly use_rslora: boolean;
	readonly use_dora: boolean;
	readonly rank_pattern: Record<string, number>;
	readonly alpha_pattern: Record<string, number>;
	readonly layers_to_transform: number | number[] | null;
	readonly layers_pattern: string | string[] | null;
	readonly modules_to_save: string[] | null;
	readonly others: Readonly<Record<string, unknown>>;
}

/** peft.LoraConfig as PEFT 0.21.2 saves it with nothing set but the task. */
const PEFT_DEFAULTS = {
	alora_invocation_tokens: null,
	alpha_pattern: {},
	arrow_config: null,
	auto_mapping: null,
	base_model_name_or_path: null,
	bias: "none",
	corda_config: null,
	ensure_weight_tying: false,
	eva_config: null,
	exclude_modules: null,
	fan_in_fan_out: false,
	inference_mode: true,
	init_lora_weights: true,
	kasa_config: null,
	layer_replication: null,
	layers_pattern: null,
	layers_to_transform: null,
	loftq_config: {},
	lora_alpha: 8,
	lora_bias: false,
	lora_dropout: 0,
	lora_ga_config: null,
	megatron_config: null,
	megatron_core: "megatron.core",
	modules_to_save: null,
	monteclora_config: null,
	peft_type: "LORA",
	peft_version: "0.21.2",
	qalora_group_size: 16,
	r: 8,
	rank_pattern: {},
	revision: null,
	target_modules: null,
	target_parameters: null,
	task_type: "CAUSAL_LM",
	trainable_token_indices: null,
	use_bdlora: null,
	use_dora: false,
	use_qalora: false,
	use_rslora: false,
	velora_config: null,
} as const;

const READ_KEYS = new Set([
	"base_model_name_or_path", "r", "lora_alpha", "lora_dropout", "target_modules", "exclude_modules", "use_rslora", "use_dora",
	"rank_pattern", "alpha_pattern", "layers_to_transform", "layers_pattern", "modules_to_save",
]);

/** A fresh configuration, every key at PEFT's default. */
export const FRESH_CONFIG: LoraConfig = readConfig({ ...PEFT_DEFAULTS, target_modules: [] }, "");

export interface PeftTensor {
	readonly key: string; // as in the file
	/** "model.layers.0.self_attn.q_proj"; null when the key names no LoRA matrix. */
	readonly module: string | null;
	readonly part: "lora_A" | "lora_B" | "other";
	readonly dtype: string;
	readonly shape: readonly number[];
	readonly bytes: Uint8Array;
}

export interface PeftAdapter {
	readonly config: LoraConfig;
	readonly tensors: readonly PeftTensor[];
}

/**
 * Reads a PEFT LoRA folder.
 * @throws TabTuneError "adapter" for a missing or broken file, "not-yet" for another kind of adapter.
 */
export async function readPeftAdapter(folder: ModelFolder): Promise<PeftAdapter> {
	const raw = await folderJson(folder, "adapter_config.json", "adapter");
	const config = readConfig(raw, folder.name);
	if (!(await folder.list()).includes("adapter_model.safetensors")) {
		throw new TabTuneError("adapter", { what: "adapter_model.safetensors is missing", where: folder.name, next: "give the whole adapter folder; .bin files are not read" });
	}
	const file = await openSafetensors(await folder.open("adapter_model.safetensors"), `${folder.name}/adapter_model.safetensors`, "adapter");
	const tensors: PeftTensor[] = [];
	for (const [key, { dtype, shape }] of file.tensors) {
		if (!["F32", "F16", "BF16"].includes(dtype)) throw new TabTuneError("adapter", { what: `${key} is stored as ${dtype}`, where: folder.name, next: "save the adapter as float32, float16 or bfloat16" });
		const match = /^base_model\.model\.(.+)\.(lora_A|lora_B)\.weight$/.exec(key);
		tensors.push({ key, module: match?.[1] ?? null, part: (match?.[2] as "lora_A" | "lora_B" | undefined) ?? "other", dtype, shape, bytes: await file.readTensor(key) });
	}
	if (tensors.length === 0) throw new TabTuneError("adapter", { what: "the adapter holds no tensor", where: folder.name, next: "export it again" });
	return { config, tensors };
}

function readConfig(raw: Readonly<Record<string, unknown>>, name: string): LoraConfig {
	const where = `${name}/adapter_config.json`;
	const fail = (what: string) => new TabTuneError("adapter", { what, where, next: "mend the file, or export the adapter again" });
	if (raw.peft_type !== "LORA") {
		if (raw.peft_type === undefined) throw fail('the key "peft_type" is missing');
		throw new TabTuneError("not-yet", { what: `adapters of type ${String(raw.peft_type)} are not read yet`, where, next: "use a LoRA adapter" });
	}
	const all: Record<string, unknown> = { ...PEFT_DEFAULTS, ...raw };
	if (raw.target_modules === undefined || raw.target_modules === null) throw fail('the key "target_modules" is missing');
	for (const [key, kind] of [["r", "number"], ["lora_alpha", "number"], ["lora_dropout", "number"], ["use_rslora", "boolean"], ["rank_pattern", "object"], ["alpha_pattern", "object"]] as const) {
		if (typeof all[key] !== kind) throw fail(`"${key}" is ${JSON.stringify(all[key])}, a ${kind} is needed`);
	}
	for (const [key, plain] of [["bias", "none"], ["fan_in_fan_out", false], ["lora_bias", false]] as const) {
		if (all[key] !== plain) throw new TabTuneError("not-yet", { what: `"${key}": ${JSON.stringify(all[key])} is not supported`, where, next: `use an adapter with ${key} ${JSON.stringify(plain)}` });
	}
	if (Array.isArray(all.modules_to_save) && all.modules_to_save.length > 0) {
		throw new TabTuneError("not-yet", { what: "adapters with modules_to_save are not read yet", where, next: "use a plain LoRA adapter" });
	}
	return {
		base_model_name_or_path: all.base_model_name_or_path as string | null,
		r: all.r as number,
		lora_alpha: all.lora_alpha as number,
		lora_dropout: all.lora_dropout as number,
		target_modules: all.target_modules as string | string[],
		exclude_modules: all.exclude_modules as string | string[] | null,
		use_rslora: all.use_rslora as boolean,
		use_dora: all.use_dora as boolean,
		rank_pattern: all.rank_pattern as Record<string, number>,
		alpha_pattern: all.alpha_pattern as Record<string, number>,
		layers_to_transform: all.layers_to_transform as number | number[] | null,
		layers_pattern: all.layers_pattern as string | string[] | null,
		modules_to_save: all.modules_to_save as string[] | null,
		others: Object.fromEntries(Object.entries(all).filter(([key]) => !READ_KEYS.has(key))),
	};
}

/** A file of an adapter folder. */
export interface PeftFile {
	readonly path: string;
	readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface TensorValues {
	readonly key: string;
	readonly shape: readonly number[];
	readonly values: Float32Array;
}

/** adapter_config.json as PEFT writes it: sorted keys, two spaces, lora_dropout a float. */
export function adapterConfigJson(config: LoraConfig): string {
	const { others, lora_dropout, ...read } = config;
	return pythonJson({ ...others, ...read, lora_dropout: new PythonFloat(lora_dropout), inference_mode: true });
}

/** The three files of an adapter folder, tensors in float32. */
export function writePeftAdapter(config: LoraConfig, tensors: readonly TensorValues[]): PeftFile[] {
	const encode = (text: string) => new TextEncoder().encode(text);
	const weights = writeSafetensors(
		tensors.map(({ key, shape, values }) => ({ name: key, dtype: "F32", shape, bytes: encodeFloat32(values) })),
		{ format: "pt" },
	);
	return [
		{ path: "adapter_model.safetensors", bytes: weights },
		{ path: "adapter_config.json", bytes: encode(adapterConfigJson(config)) },
		{ path: "README.md", bytes: encode(modelCard(config)) },
	];
}

function modelCard(config: LoraConfig): string {
	const base = config.base_model_name_or_path ?? "";
	const targets = typeof config.target_modules === "string" ? config.target_modules : (config.target_modules ?? []).join(", ");
	return `---
base_model: ${JSON.stringify(base)}
library_name: peft
pipeline_tag: text-generation
tags:
- ${JSON.stringify(`base_model:adapter:${base}`)}
- lora
- tabtune
---

# LoRA adapter for ${base || "its base model"}

Trained with TabTune. Rank ${config.r}, lora_alpha ${config.lora_alpha}${config.use_rslora ? " (rank-stabilised)" : ""}, target modules: ${targets}.

\`\`\`python
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(${JSON.stringify(base)})
model = PeftModel.from_pretrained(model, "path/to/this/folder")
\`\`\`
`;
}
