// The table of settings, by their PEFT, TRL or Transformers names: type, default, range, group and documentation. The checks of
// run.json, the command's flags and help, the page's fields and the URL are derived from it. settings.en.ts and settings.zh.ts
// have the labels and help texts.

import { LOSS_TYPES } from "./losses.ts";

export type SettingGroup = "method" | "lora" | "optimiser" | "data" | "saving";

/** The page of the documentation that defines a setting; null if only TabTune has it. */
export type SettingSource = "lora" | "prompt" | "bottleneck" | "sft" | "dpo" | "cpo" | "kto" | "trainer" | null;

/** The valid values of a setting. A number without `max` is unbounded; an integer without `max` ends at 2^31 - 1. */
export type SettingValues =
	| NumberRange
	| { readonly kind: "boolean" }
	| { readonly kind: "optional"; readonly options: readonly (string | boolean)[] } // one of them, or null
	| { readonly kind: "choice"; readonly options: readonly string[] }
	| { readonly kind: "text" } // a text, or null
	| { readonly kind: "names" } // a list of module names, or null
	| { readonly kind: "indices" } // a list of layer numbers, or null
	| { readonly kind: "object" } // an object of any values
	| { readonly kind: "pattern" } // module name pattern → number over 0
	| { readonly kind: "modules" } // a list of module names, a regular expression or "all-linear"
	| { readonly kind: "init"; readonly options: readonly string[] }
	| { readonly kind: "methods"; readonly options: readonly string[] }
	| { readonly kind: "losses"; readonly options: readonly string[] } // one, or several joined by "+"
	| { readonly kind: "numbers" }; // a list of numbers, or null

export interface NumberRange {
	readonly kind: "number" | "integer";
	readonly min: number;
	readonly max?: number;
	/** `min` itself is not allowed. */
	readonly open?: boolean;
	/** One more value, outside the range: -1 for `max_steps`. */
	readonly special?: number;
	/** Step of the page's spin button. */
	readonly step?: number;
}

/** How the TRL export repeats a setting. */
export type TrlExport =
	| "argument" // as SFTConfig's argument of the same name
	| "script" // train.py derives an argument of SFTConfig from it
	| "files" // it has taken effect in the exported rows, their order or the initial adapter
	| "default" // not at all: a run with another value is refused
	| null; // it has no effect on a run that can be exported

export interface Setting<T> {
	readonly default: T;
	/** The page's default, if the bundled model and a data set of a few dozen rows need a different one. */
	readonly pageDefault?: T;
	readonly values: SettingValues;
	readonly group: SettingGroup;
	readonly source: SettingSource;
	readonly trl: TrlExport;
}

type Place = readonly [group: SettingGroup, source: SettingSource, trl: TrlExport];
type Defaults<T> = T | readonly [engine: T, page: T];
const LORA: Place = ["lora", "lora", "files"];
const METHOD: Place = ["method", null, "default"];
const PROMPT: Place = ["method", "prompt", null];
const BOTTLENECK: Place = ["method", "bottleneck", null];
const OBJECTIVE: Place = ["optimiser", "dpo", null];
const TRAINER: Place = ["optimiser", "trainer", "argument"];
const WARMUP: Place = ["optimiser", "trainer", "script"];
const BATCH: Place = ["data", "trainer", "script"];
const SFT: Place = ["data", "sft", "files"];
const SAVING: Place = ["saving", "trainer", "script"];
const STOPPING: Place = ["saving", null, "script"];
const SCORE: Place = ["saving", null, "default"];

/** What evaluations of held-out rows report. The rewards are those of preference pairs. */
const METRICS = [
	"loss",
	"score",
	"rewards/accuracies",
	"rewards/margins",
	"rewards/chosen",
	"rewards/rejected",
] as const;

function setting<T>(place: Place, value: T, values: SettingValues, pageDefault?: T): Setting<T> {
	const [group, source, trl] = place;
	return { default: value, values, group, source, trl, ...(pageDefault === undefined ? {} : { pageDefault }) };
}

const number = (place: Place, value: Defaults<number>, range: Omit<NumberRange, "kind">): Setting<number> =>
	numeric("number", place, value, range);
const integer = (place: Place, value: Defaults<number>, range: Omit<NumberRange, "kind">): Setting<number> =>
	numeric("integer", place, value, range);

function numeric(
	kind: NumberRange["kind"],
	place: Place,
	value: Defaults<number>,
	range: Omit<NumberRange, "kind">,
): Setting<number> {
	const [engine, page] = typeof value === "number" ? [value] : value;
	return setting(place, engine, { kind, ...range }, page);
}

const boolean = (place: Place, value: boolean, pageDefault?: boolean): Setting<boolean> =>
	setting(place, value, { kind: "boolean" }, pageDefault);

function choice<const T extends string>(place: Place, options: readonly T[]): Setting<T> {
	return setting<T>(place, options[0], { kind: "choice", options });
}

export const SETTINGS = {
	// LoRA (peft.LoraConfig)
	r: integer(LORA, [16, 8], { min: 1 }), // at most min(in, out) of every target module, checked with the model
	lora_alpha: number(LORA, [32, 16], { min: 0, open: true }),
	lora_dropout: number(LORA, 0, { min: 0, max: 0.999, step: 0.05 }),
	target_modules: setting<string | string[]>(LORA, "all-linear", { kind: "modules" }),
	use_rslora: boolean(LORA, false),
	use_dora: boolean(LORA, false),
	rank_pattern: setting<Record<string, number>>(LORA, {}, { kind: "pattern" }),
	alpha_pattern: setting<Record<string, number>>(LORA, {}, { kind: "pattern" }),
	layers_to_transform: setting<number[] | null>(LORA, null, { kind: "indices" }),
	modules_to_save: setting<string[] | null>(LORA, null, { kind: "names" }),
	init_lora_weights: setting<boolean | string>(LORA, true, { kind: "init", options: ["true", "gaussian", "pissa"] }),
	bias: choice(["lora", "lora", "default"], ["none", "all", "lora_only"]),
	/** Learning rate of lora_B divided by that of lora_A (LoRA+, arXiv 2402.12354); 1 is plain LoRA. */
	loraplus_lr_ratio: number(["lora", null, "default"], 1, { min: 0, max: 1e6, open: true }),
	// What is trained: one of these, or several joined by "+"
	method: setting<string>(METHOD, "lora", {
		kind: "methods",
		options: ["lora", "prompt_tuning", "bottleneck", "full", "lora+prompt_tuning", "lora+bottleneck"],
	}),
	// Prompt tuning (peft.PromptTuningConfig)
	num_virtual_tokens: integer(PROMPT, 20, { min: 1, max: 1024 }),
	prompt_tuning_init: choice(PROMPT, ["RANDOM", "TEXT"]),
	prompt_tuning_init_text: setting<string | null>(PROMPT, null, { kind: "text" }),
	// Bottleneck adapters (adapters.BnConfig)
	reduction_factor: number(BOTTLENECK, 16, { min: 1, max: 1e6 }),
	non_linearity: choice(BOTTLENECK, ["relu", "gelu"]),
	mh_adapter: boolean(BOTTLENECK, false), // after attention
	output_adapter: boolean(BOTTLENECK, true), // after the MLP
	// Objective (trl.DPOConfig, trl.KTOConfig, trl.experimental.cpo.CPOConfig); losses.ts has the losses
	loss_type: setting<string>(OBJECTIVE, "auto", { kind: "losses", options: LOSS_TYPES }),
	loss_weights: setting<readonly number[] | null>(OBJECTIVE, null, { kind: "numbers" }),
	beta: number(OBJECTIVE, 0.1, { min: 0, max: 1000, open: true, step: 0.1 }), // the higher, the closer to the base
	label_smoothing: number(OBJECTIVE, 0, { min: 0, max: 0.499, step: 0.05 }),
	desirable_weight: number(["optimiser", "kto", null], 1, { min: 0, max: 1000, step: 0.1 }), // of good answers
	undesirable_weight: number(["optimiser", "kto", null], 1, { min: 0, max: 1000, step: 0.1 }), // of bad answers
	cpo_alpha: number(["optimiser", "cpo", null], 1, { min: 0, max: 1000, step: 0.1 }), // of the token loss of chosen answers
	simpo_gamma: number(["optimiser", "cpo", null], 0.5, { min: 0, max: 1000, step: 0.1 }), // target margin
	discopop_tau: number(OBJECTIVE, 0.05, { min: 0, max: 1000, open: true, step: 0.01 }),
	// Optimiser and schedule (transformers.TrainingArguments)
	learning_rate: number(TRAINER, [2e-4, 5e-3], { min: 0, max: 10, open: true }),
	lr_scheduler_type: choice(TRAINER, [
		"linear",
		"cosine",
		"cosine_with_restarts",
		"polynomial",
		"constant",
		"constant_with_warmup",
		"inverse_sqrt",
		"cosine_with_min_lr",
		"cosine_warmup_with_min_lr",
		"warmup_stable_decay",
	]),
	lr_scheduler_kwargs: setting<Readonly<Record<string, unknown>>>(TRAINER, {}, { kind: "object" }),
	warmup_steps: integer(WARMUP, 0, { min: 0 }),
	warmup_ratio: number(WARMUP, [0.05, 0], { min: 0, max: 1, step: 0.01 }),
	weight_decay: number(TRAINER, 0.01, { min: 0, max: 10, step: 0.01 }),
	adam_beta1: number(TRAINER, 0.9, { min: 0, max: 0.999999, step: 0.01 }),
	adam_beta2: number(TRAINER, 0.999, { min: 0, max: 0.9999999, step: 0.001 }),
	adam_epsilon: number(TRAINER, 1e-8, { min: 0, max: 1, open: true }),
	max_grad_norm: number(TRAINER, 1, { min: 0, step: 0.1 }), // 0 turns clipping off
	/** Of the products with frozen weights in training steps; "mixed" rounds their operands to float16 and sums in float32. */
	precision: choice(["optimiser", null, "default"], ["f32", "mixed"]),
	max_steps: integer(TRAINER, [-1, 60], { min: 1, special: -1 }), // -1: as many as num_train_epochs asks for
	num_train_epochs: number(TRAINER, 3, { min: 0, max: 1e6, open: true }),
	per_device_train_batch_size: integer(BATCH, 4, { min: 1, max: 4096 }),
	gradient_accumulation_steps: integer(BATCH, [4, 1], { min: 1, max: 65536 }),
	// Data (trl.SFTConfig)
	max_length: integer(SFT, [1024, 256], { min: 2, max: 2 ** 20 }),
	packing: boolean(["data", "sft", "default"], false),
	assistant_only_loss: boolean(SFT, false, true),
	completion_only_loss: boolean(SFT, true),
	chat_template_kwargs: setting<Readonly<Record<string, unknown>>>(SFT, {}, { kind: "object" }),
	shuffle: boolean(SFT, true),
	group_by_length: boolean(["data", "trainer", "files"], false),
	seed: integer(["data", "trainer", "argument"], 42, { min: 0, max: 2 ** 32 - 1 }),
	// Evaluation and saving (transformers.TrainingArguments)
	eval_strategy: choice(SAVING, ["steps", "no", "epoch"]), // with each, also at step 0 and after the last step
	eval_steps: integer(SAVING, [0, 10], { min: 0 }), // 0: only at step 0 and after the last step
	save_strategy: choice(SAVING, ["steps", "no", "epoch", "best"]),
	save_steps: integer(SAVING, 0, { min: 0 }), // 0: only at the end
	save_total_limit: integer(SAVING, 0, { min: 0 }), // 0: keep all
	// The best checkpoint and early stopping (transformers.TrainingArguments, transformers.EarlyStoppingCallback)
	load_best_model_at_end: boolean(SAVING, false),
	metric_for_best_model: setting<string | null>(SAVING, null, {
		kind: "optional",
		options: METRICS.flatMap((name) => [`eval_${name}`, name]),
	}), // null: eval_loss, if the best checkpoint is asked for
	greater_is_better: setting<boolean | null>(SAVING, null, { kind: "optional", options: [true, false] }), // null: unless the metric is a loss
	early_stopping_patience: integer(STOPPING, 0, { min: 0 }), // in evaluations; 0: off
	early_stopping_threshold: number(STOPPING, 0, { min: 0, step: 0.01 }),
	// Answers to the held-out rows, scored at every evaluation
	score_metric: choice(SCORE, ["none", "exact-match", "json", "regex"]), // none: exact-match, if the score selects the best checkpoint
	score_pattern: setting<string | null>(SCORE, null, { kind: "text" }), // of regex
	score_max_new_tokens: integer(SCORE, 128, { min: 1, max: 2 ** 20 }),
};

export type SettingName = keyof typeof SETTINGS;
/** All settings of a run as a flat object, as in `run.json` and the URL. */
export type RunSettings = {
	[K in SettingName]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
};
export type SchedulerType = RunSettings["lr_scheduler_type"];

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

export function isSettingName(name: string): name is SettingName {
	return Object.hasOwn(SETTINGS, name);
}

const defaultsBy = (of: (setting: Setting<unknown>) => unknown): RunSettings =>
	Object.fromEntries(SETTING_NAMES.map((name) => [name, of(SETTINGS[name])])) as unknown as RunSettings;

/** Defaults that users of PEFT and TRL expect for LoRA. */
export const DEFAULT_SETTINGS: RunSettings = defaultsBy((setting) => setting.default);

/** Defaults for the bundled model and a few dozen rows, which give a visible change within a minute. */
export const PAGE_DEFAULTS: RunSettings = defaultsBy(({ pageDefault, default: value }) => pageDefault ?? value);

/** The steps of a run: max_steps, or as many as num_train_epochs take where it is not positive. */
export function plannedSteps(
	settings: Pick<RunSettings, "max_steps" | "num_train_epochs">,
	stepsPerEpoch: number,
): number {
	return settings.max_steps > 0 ? settings.max_steps : Math.ceil(settings.num_train_epochs * stepsPerEpoch);
}
