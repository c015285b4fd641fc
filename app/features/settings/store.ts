// Settings of the next run, what is wrong with them, and what they would cost. Reading and writing of texts is
// src/shared/setting-values.ts; the cost is asked for by workspace/effects.ts. `lora_alpha` follows 2·r until someone edits it.

import { create } from "zustand";
import type { CostEstimate, ErrorInfo, RunSettings } from "../../../src/engine/api.ts";
import { type Problem, textOf, withText } from "../../../src/shared/setting-values.ts";
import { isSettingName, type SettingName } from "../../../src/shared/settings.ts";

/** For the bundled model and a set of some dozens of rows: a visible change within a minute. */
export const PAGE_DEFAULTS: RunSettings = {
	r: 8,
	lora_alpha: 16,
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
	learning_rate: 5e-3,
	lr_scheduler_type: "linear",
	warmup_steps: 0,
	warmup_ratio: 0,
	weight_decay: 0.01,
	adam_beta1: 0.9,
	adam_beta2: 0.999,
	adam_epsilon: 1e-8,
	max_grad_norm: 1,
	max_steps: 60,
	num_train_epochs: 3,
	per_device_train_batch_size: 4,
	gradient_accumulation_steps: 1,
	max_length: 256,
	packing: false,
	assistant_only_loss: true,
	completion_only_loss: true,
	shuffle: true,
	group_by_length: false,
	seed: 42,
	eval_steps: 10,
	save_steps: 0,
	save_total_limit: 0,
};

/** For a model of the reader's own, with hundreds of rows: what the field uses (TRL, PEFT, "LoRA Without Regret"). */
export const FIELD_DEFAULTS: RunSettings = {
	...PAGE_DEFAULTS,
	r: 16,
	lora_alpha: 32,
	learning_rate: 2e-4,
	lr_scheduler_type: "cosine",
	warmup_ratio: 0.05,
	gradient_accumulation_steps: 4,
	max_length: 512,
	seed: 42,
};

export interface Draft {
	text: string;
	problem: Problem;
}

export interface SettingsState {
	settings: RunSettings;
	/** What a link need not say: the page's defaults with the gallery set's suggestions. */
	baseline: RunSettings;
	/** lora_alpha moves with r. */
	alphaFollows: boolean;
	/** Texts that could not be read, kept as typed; while there is one, no run starts. */
	drafts: Partial<Record<SettingName, Draft>>;
	cost: CostEstimate | null;
	costError: ErrorInfo | null;
	costPending: boolean;
}

export const initialSettings: SettingsState = {
	settings: PAGE_DEFAULTS,
	baseline: PAGE_DEFAULTS,
	alphaFollows: true,
	drafts: {},
	cost: null,
	costError: null,
	costPending: false,
};

export const useSettings = create<SettingsState>()(() => initialSettings);

/** The state after `text` was typed into the field `name`. Pure, for the store and its tests. */
export function afterEdit(state: SettingsState, name: SettingName, text: string): Partial<SettingsState> {
	const drafts = { ...state.drafts };
	delete drafts[name];
	const read = withText(state.settings, name, text);
	if (!read.ok) return { drafts: { ...drafts, [name]: { text, problem: read.problem } } };
	const settings = read.value;
	if (name === "r" && state.alphaFollows) {
		settings.lora_alpha = 2 * settings.r;
		delete drafts.lora_alpha;
	}
	const alphaFollows = name === "lora_alpha" ? settings.lora_alpha === 2 * settings.r : state.alphaFollows;
	return { settings, drafts, alphaFollows };
}

export function editField(name: SettingName, text: string): void {
	useSettings.setState((state) => afterEdit(state, name, text));
}

/** Takes a set's suggestions as the new baseline, with `texts` (from the URL) on top. */
export function adoptBaseline(baseline: RunSettings, texts: Partial<Record<SettingName, string>> = {}): void {
	let settings = { ...baseline };
	for (const [name, text] of Object.entries(texts) as [SettingName, string][]) {
		const read = withText(settings, name, text);
		if (read.ok) settings = read.value;
	}
	if (texts.r !== undefined && texts.lora_alpha === undefined) settings.lora_alpha = 2 * settings.r;
	useSettings.setState({ settings, baseline, drafts: {}, alphaFollows: settings.lora_alpha === 2 * settings.r });
}

/** What the field shows: the text as typed while it is wrong, else the value. */
export function fieldText(state: SettingsState, name: SettingName): string {
	return state.drafts[name]?.text ?? textOf(state.settings, name);
}

export const hasProblems = (state: SettingsState): boolean => Object.keys(state.drafts).length > 0;

/**
 * Takes the settings of a run.json over those in hand.
 * @returns how many were taken, and the names of those that could not be read or are none.
 */
export function takeRunJson(text: string): { taken: number; refused: string[] } {
	let given: unknown;
	try {
		given = JSON.parse(text);
	} catch {
		return { taken: 0, refused: ["JSON"] };
	}
	if (typeof given !== "object" || given === null || Array.isArray(given)) return { taken: 0, refused: ["JSON"] };
	let { settings } = useSettings.getState();
	let taken = 0;
	const refused: string[] = [];
	for (const [name, value] of Object.entries(given)) {
		const read = isSettingName(name) ? withText(settings, name, asText(value)) : null;
		if (read?.ok !== true) {
			refused.push(name);
			continue;
		}
		settings = read.value;
		taken++;
	}
	useSettings.setState({ settings, drafts: {}, alphaFollows: settings.lora_alpha === 2 * settings.r });
	return { taken, refused };
}

/** A value of run.json as one would type it into its field. */
function asText(value: unknown): string {
	if (value === null) return "";
	if (Array.isArray(value)) return value.join(", ");
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}
