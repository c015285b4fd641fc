// Settings of the next run, what is wrong with them, and what they would cost. Reading and writing of texts is
// src/shared/setting-values.ts; the cost is asked for by workspace/effects.ts. `lora_alpha` follows 2·r until someone edits it.

import { create } from "zustand";
import type { CostEstimate, ErrorInfo, RunSettings } from "../../../src/engine/api.ts";
import { type Problem, textOf, withText } from "../../../src/shared/setting-values.ts";
import { isSettingName, PAGE_DEFAULTS, type SettingName } from "../../../src/shared/settings.ts";

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
