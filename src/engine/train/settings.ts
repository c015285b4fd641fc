// Every setting of a run: its default, its range, what it means. One table drives the command's flags, the checks of
// run.json and the page's fields. To add a setting: add it to RunSettings (api.ts) and here.
import { closest } from "fastest-levenshtein";
import { initProblem } from "../adapters/methods/init-names.ts";
import type { RunSettings, SchedulerType } from "../api.ts";
import { TabTuneError } from "../errors.ts";

const SCHEDULERS: readonly SchedulerType[] = [
	"linear",
	"cosine",
	"cosine_with_restarts",
	"polynomial",
	"constant",
	"constant_with_warmup",
	"inverse_sqrt",
];

/** Defaults that users of PEFT and TRL expect for LoRA. */
export const DEFAULT_SETTINGS: RunSettings = {
	r: 16,
	lora_alpha: 32,
	lora_dropout: 0,
	target_modules: "all-linear",
	use_rslora: false,
	use_dora: false,
	rank_pattern: {},
	alpha_pattern: {},
	layers_to_transform: null,
	modules_to_save: null,
	init_lora_weights: true,
	bias: "none",
	loraplus_lr_ratio: 1,
	method: "lora",
	num_virtual_tokens: 20,
	prompt_tuning_init: "RANDOM",
	prompt_tuning_init_text: null,
	reduction_factor: 16,
	non_linearity: "relu",
	mh_adapter: false,
	output_adapter: true,
	loss_type: "auto",
	beta: 0.1,
	learning_rate: 2e-4,
	lr_scheduler_type: "linear",
	warmup_steps: 0,
	warmup_ratio: 0.05,
	weight_decay: 0.01,
	adam_beta1: 0.9,
	adam_beta2: 0.999,
	adam_epsilon: 1e-8,
	max_grad_norm: 1,
	max_steps: -1,
	num_train_epochs: 3,
	per_device_train_batch_size: 4,
	gradient_accumulation_steps: 4,
	max_length: 1024,
	packing: false,
	assistant_only_loss: false,
	completion_only_loss: true,
	shuffle: true,
	group_by_length: false,
	seed: 42,
	eval_steps: 0,
	save_steps: 0,
	save_total_limit: 0,
};

type Check = (value: unknown) => string | null; // what is wrong, or null

const number =
	(low: number, high: number, whole = false, openLow = false): Check =>
	(value) => {
		const range = `a ${whole ? "whole " : ""}number ${openLow ? "over" : "from"} ${low}${high === Number.POSITIVE_INFINITY ? "" : ` to ${high}`}`;
		const right =
			typeof value === "number" &&
			Number.isFinite(value) &&
			(openLow ? value > low : value >= low) &&
			value <= high &&
			(!whole || Number.isInteger(value));
		return right ? null : `must be ${range}`;
	};
const whole = (low: number, high = 2 ** 31 - 1): Check => number(low, high, true);
const flag: Check = (value) => (typeof value === "boolean" ? null : "must be true or false");
const record: Check = (value) =>
	typeof value === "object" &&
	value !== null &&
	!Array.isArray(value) &&
	Object.values(value).every((v) => typeof v === "number" && Number.isFinite(v) && v > 0)
		? null
		: 'must be an object from module pattern to number, like {"q_proj": 8}';
const listOrNull =
	(of: "number" | "string"): Check =>
	(value) =>
		value === null || (Array.isArray(value) && value.every((v) => typeof v === of))
			? null
			: `must be a list of ${of}s, or null`;

const oneOf =
	(...names: string[]): Check =>
	(value) =>
		names.includes(value as string) ? null : `must be one of ${names.join(", ")}`;

const METHODS: readonly string[] = ["lora", "full", "prompt_tuning", "bottleneck"];

const CHECKS: { readonly [K in keyof RunSettings]: Check } = {
	r: whole(1),
	lora_alpha: number(0, Number.POSITIVE_INFINITY, false, true),
	lora_dropout: (value) => number(0, 0.999)(value),
	target_modules: (value) =>
		(typeof value === "string" && value !== "") ||
		(Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === "string"))
			? null
			: 'must be a list of module names, a regular expression, or "all-linear"',
	use_rslora: flag,
	use_dora: flag,
	rank_pattern: record,
	alpha_pattern: record,
	layers_to_transform: (value) =>
		typeof value === "number" && Number.isInteger(value) ? null : listOrNull("number")(value),
	modules_to_save: listOrNull("string"),
	init_lora_weights: initProblem,
	bias: oneOf("none", "all", "lora_only"),
	loraplus_lr_ratio: number(0, 1e6, false, true),
	method: (value) => {
		const parts = typeof value === "string" ? value.split("+") : [];
		const known =
			parts.length > 0 && parts.every((part) => METHODS.includes(part)) && new Set(parts).size === parts.length;
		if (!known) return `must be one of ${METHODS.join(", ")}, or several joined by +`;
		return parts.length > 1 && parts.includes("full") ? "trains every weight with full: it goes with no other" : null;
	},
	num_virtual_tokens: whole(1, 1024),
	prompt_tuning_init: oneOf("RANDOM", "TEXT"),
	prompt_tuning_init_text: (value) => (value === null || typeof value === "string" ? null : "must be a text, or null"),
	reduction_factor: number(1, 1e6),
	non_linearity: oneOf("relu", "gelu"),
	mh_adapter: flag,
	output_adapter: flag,
	loss_type: oneOf("auto", "nll", "sigmoid"),
	beta: number(0, 1000, false, true),
	learning_rate: number(0, 10, false, true),
	lr_scheduler_type: oneOf(...SCHEDULERS),
	warmup_steps: whole(0),
	warmup_ratio: number(0, 1),
	weight_decay: number(0, 10),
	adam_beta1: number(0, 0.999999),
	adam_beta2: number(0, 0.9999999),
	adam_epsilon: number(0, 1, false, true),
	max_grad_norm: number(0, Number.POSITIVE_INFINITY),
	max_steps: (value) => (value === -1 ? null : whole(1)(value)),
	num_train_epochs: number(0, 1e6, false, true),
	per_device_train_batch_size: whole(1, 4096),
	gradient_accumulation_steps: whole(1, 65536),
	max_length: whole(2, 2 ** 20),
	packing: flag,
	assistant_only_loss: flag,
	completion_only_loss: flag,
	shuffle: flag,
	group_by_length: flag,
	seed: whole(0, 2 ** 32 - 1),
	eval_steps: whole(0),
	save_steps: whole(0),
	save_total_limit: whole(0),
};

export const SETTING_NAMES = Object.keys(DEFAULT_SETTINGS) as (keyof RunSettings)[];

/**
 * Fills in defaults and checks names and ranges.
 * @param where named in errors: "run.json", "the command line".
 * @throws TabTuneError "usage" naming the setting, what it must be, and for an unknown name the nearest one.
 */
export function resolveSettings(given: Readonly<Record<string, unknown>>, where: string): RunSettings {
	for (const name of Object.keys(given)) {
		if (!(name in CHECKS)) {
			throw new TabTuneError("usage", {
				what: `unknown setting "${name}"`,
				where,
				next: `did you mean "${closest(name, SETTING_NAMES)}"?`,
			});
		}
	}
	const settings = { ...DEFAULT_SETTINGS, ...given } as RunSettings;
	for (const name of SETTING_NAMES) {
		const wrong = CHECKS[name](settings[name]);
		if (wrong !== null) {
			throw new TabTuneError("usage", {
				what: `${name} is ${show(settings[name])}, it ${wrong}`,
				where,
				next: `correct ${name} and start again`,
			});
		}
	}
	if (settings.method.split("+").includes("prompt_tuning") && settings.prompt_tuning_init === "TEXT") {
		if ((settings.prompt_tuning_init_text ?? "").trim() === "")
			throw new TabTuneError("usage", {
				what: "prompt_tuning_init is TEXT without a text",
				where,
				next: "write prompt_tuning_init_text, or leave prompt_tuning_init at RANDOM",
			});
	}
	return settings;
}

function show(value: unknown): string {
	return typeof value === "number" ? String(value) : JSON.stringify(value);
}
