// Reads and writes adapter_config.json of LoRA as PEFT 0.21 does (peft/config.py, peft/tuners/lora/config.py). Keys that are not
// used are kept. To use one more, add it to LoraConfig, READ_KEYS and the end of parseLoraConfig.
import { TabTuneError } from "../../shared/errors.ts";
import type { JsonObject } from "../../shared/json.ts";
import { modelsMessage, peftMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import {
	isCount,
	isFlag,
	isLayers,
	isNames,
	isNumber,
	isShare,
	isString,
	listOf,
	orNull,
	tableOf,
} from "../formats/checks.ts";
import { notYet, wrongValue } from "../formats/config-keys.ts";
import { PythonFloat, parseMarkingFloats, pythonJson, withoutMarks } from "../formats/json.ts";

/** The keys of peft.LoraConfig that are used; the rest are kept in `others`. */
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
	/** Tokens whose rows are trained: of the embedding, or by module. */
	readonly trainable_token_indices: number[] | Record<string, number[]> | null;
	/** Weights with LoRA in addition to target_modules, by their names or ends of them: "mlp.up_proj.weight". */
	readonly target_parameters: string[] | null;
	/** Whether lora_B has a bias. */
	readonly lora_bias: boolean;
	/** Whether a tied embedding and head share what the adapter changes. */
	readonly ensure_weight_tying: boolean;
	/** Which of the base's biases are trained. */
	readonly bias: "none" | "all" | "lora_only";
	readonly others: Readonly<Record<string, unknown>>;
	/** The file that was read, with floats marked; unchanged values are written as they were. */
	readonly source?: Readonly<Record<string, unknown>>;
}

/** A configuration whose target modules are known, from the file or from PEFT's default for the base. */
export type TargetedConfig = LoraConfig & { readonly target_modules: string | string[] };

/** peft.LoraConfig as PEFT 0.21.2 saves it when only the task is set. */
const PEFT_DEFAULTS: JsonObject = {
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
};

const READ_KEYS = new Set([
	"base_model_name_or_path",
	"r",
	"lora_alpha",
	"lora_dropout",
	"target_modules",
	"exclude_modules",
	"use_rslora",
	"use_dora",
	"rank_pattern",
	"alpha_pattern",
	"layers_to_transform",
	"layers_pattern",
	"modules_to_save",
	"trainable_token_indices",
	"target_parameters",
	"lora_bias",
	"ensure_weight_tying",
	"bias",
]);

/**
 * Keys that change what the matrices compute, so that only PEFT's defaults are supported. fan_in_fan_out is not one of them:
 * PEFT sets it by the module's class.
 */
const MUST_BE_DEFAULT = [
	"layer_replication",
	"megatron_config",
	"alora_invocation_tokens",
	"use_bdlora",
	"use_qalora",
	"arrow_config",
	"kasa_config",
	"monteclora_config",
];

/** Initialisations that change the base's weights: without conversion such an adapter fits only the changed base. */
const CHANGES_BASE = /^(pissa|corda|olora|loftq|lora_ga)/i;

/**
 * Parses adapter_config.json.
 * @param warn receives the keys that are dropped, as PEFT drops them.
 * @throws TabTuneError "adapter" naming the key that is missing or wrong, "not-yet" for another kind of adapter.
 */
export function parseLoraConfig(
	text: string,
	where: string,
	warn: (message: Message) => void = () => undefined,
): LoraConfig {
	const source = parseMarkingFloats(text, where, "adapter");
	const raw = withoutMarks(source) as JsonObject;
	if (raw.peft_type !== "LORA") {
		const missing = (raw.peft_type ?? null) === null;
		if (missing) throw wrong("peft_type", raw.peft_type, peftMessage("peftType"), where);
		throw notYet(peftMessage("otherType", { type: JSON.stringify(raw.peft_type) }), where, peftMessage("lora.next"));
	}
	const unknown = Object.keys(raw).filter((key) => !Object.hasOwn(PEFT_DEFAULTS, key));
	if (unknown.length > 0) warn(peftMessage("unknownKeys", { file: where, keys: unknown.sort().join(", ") }));
	const all = {
		...PEFT_DEFAULTS,
		...Object.fromEntries(Object.entries(raw).filter(([key]) => !unknown.includes(key))),
	};

	for (const key of MUST_BE_DEFAULT) {
		const value = all[key];
		if (JSON.stringify(value) === JSON.stringify(PEFT_DEFAULTS[key]) || (Array.isArray(value) && value.length === 0))
			continue;
		throw notYet(`"${key}": ${JSON.stringify(value)}`, where, peftMessage("plainLora.next"));
	}
	if (typeof all.init_lora_weights === "string" && CHANGES_BASE.test(all.init_lora_weights)) {
		throw notYet(peftMessage("changesBase", { init: all.init_lora_weights }), where, peftMessage("convert.next"));
	}
	const take = <T>(key: string, is: (value: unknown) => value is T, needed: Message): T => {
		const value = all[key];
		if (!is(value)) throw wrong(key, value, needed, where);
		return value;
	};
	return {
		base_model_name_or_path: take("base_model_name_or_path", orNull(isString), modelsMessage("aName")),
		r: take("r", isCount, modelsMessage("count")),
		lora_alpha: take("lora_alpha", isNumber, peftMessage("number")),
		lora_dropout: take("lora_dropout", isShare, peftMessage("share")),
		target_modules: take("target_modules", orNull(isNames), peftMessage("names")),
		exclude_modules: take("exclude_modules", orNull(isNames), peftMessage("names")),
		use_rslora: take("use_rslora", isFlag, modelsMessage("flag")),
		use_dora: take("use_dora", isFlag, modelsMessage("flag")),
		rank_pattern: take("rank_pattern", tableOf(isCount), peftMessage("integerTable")),
		alpha_pattern: take("alpha_pattern", tableOf(isNumber), peftMessage("numberTable")),
		layers_to_transform: take("layers_to_transform", orNull(isLayers), peftMessage("layers")),
		layers_pattern: take("layers_pattern", orNull(isNames), peftMessage("names")),
		modules_to_save: take("modules_to_save", orNull(listOf(isString)), peftMessage("nameList")),
		trainable_token_indices: take("trainable_token_indices", orNull(isTokens), peftMessage("tokens")),
		target_parameters: take("target_parameters", orNull(listOf(isString)), peftMessage("nameList")),
		lora_bias: take("lora_bias", isFlag, modelsMessage("flag")),
		ensure_weight_tying: take("ensure_weight_tying", isFlag, modelsMessage("flag")),
		bias: take("bias", isBias, peftMessage("bias")),
		others: Object.fromEntries(Object.entries(all).filter(([key]) => !READ_KEYS.has(key))),
		source,
	};
}

/** A new configuration with PEFT's defaults. */
export const FRESH_CONFIG: TargetedConfig = (() => {
	const { source: _defaults, ...fresh } = parseLoraConfig(JSON.stringify(PEFT_DEFAULTS), "the defaults");
	return { ...fresh, target_modules: [] };
})();

/** adapter_config.json as PEFT writes it: sorted keys, two spaces, no line break at the end, inference_mode true. */
export function adapterConfigJson(config: LoraConfig): string {
	const { others, source = {}, lora_dropout, ...read } = config;
	const values: JsonObject = { ...others, ...read, lora_dropout: new PythonFloat(lora_dropout), inference_mode: true };
	const entries = Object.entries(values).map(([key, value]) => {
		const before = Object.hasOwn(source, key) ? source[key] : undefined;
		const same = before !== undefined && pythonJson(withoutMarks(before)) === pythonJson(withoutMarks(value));
		return [key, same ? before : value];
	});
	return pythonJson(Object.fromEntries(entries));
}

const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isTokens(value: unknown): value is number[] | Record<string, number[]> {
	return listOf(isId)(value) || tableOf(listOf(isId))(value);
}

function isBias(value: unknown): value is LoraConfig["bias"] {
	return value === "none" || value === "all" || value === "lora_only";
}

function wrong(key: string, value: unknown, needed: Message, where: string): TabTuneError {
	return new TabTuneError("adapter", {
		what: wrongValue(key, value, needed),
		where,
		next: peftMessage("adapter.next"),
	});
}
