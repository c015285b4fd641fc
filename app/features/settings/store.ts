// State of the settings of the next run: values, invalid texts, cost. Parsing and formatting are in
// src/shared/setting-values.ts; workspace/effects.ts requests the cost. `lora_alpha` is 2·r until someone edits it.

import { create } from "zustand";
import type { CostEstimate, ErrorInfo, ModelInfo, RunSettings } from "../../../src/engine/api.ts";
import { methodsOf, type Problem, textOf, withText } from "../../../src/shared/setting-values.ts";
import { isSettingName, PAGE_DEFAULTS, SETTING_NAMES, type SettingName } from "../../../src/shared/settings.ts";
import { useEngine } from "../model/store.ts";
import { rankLimit, suggestedFor, suggestedSteps } from "./suggestions.ts";

/** Typical values for larger models with hundreds of rows (TRL, PEFT, "LoRA Without Regret"). */
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
	/** The page's defaults with the gallery set's suggestions, made for the bundled model. */
	forRows: RunSettings;
	/** `forRows` adjusted to the model; a link states only differences from it. */
	baseline: RunSettings;
	/** max_steps follows the number of own rows. */
	stepsFollow: boolean;
	/** lora_alpha changes with r. */
	alphaFollows: boolean;
	/** Invalid texts as typed; no run starts while there is one. */
	drafts: Partial<Record<SettingName, Draft>>;
	cost: CostEstimate | null;
	costError: ErrorInfo | null;
	costPending: boolean;
}

export const initialSettings: SettingsState = {
	settings: PAGE_DEFAULTS,
	forRows: PAGE_DEFAULTS,
	baseline: PAGE_DEFAULTS,
	stepsFollow: false,
	alphaFollows: true,
	drafts: {},
	cost: null,
	costError: null,
	costPending: false,
};

export const useSettings = create<SettingsState>()(() => initialSettings);

/** The state after `text` was typed into the field `name`. Pure. */
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
	return { settings, drafts, alphaFollows, ...(name === "max_steps" ? { stepsFollow: false } : {}) };
}

export function editField(name: SettingName, text: string): void {
	useSettings.setState((state) => afterEdit(state, name, text));
}

/** Makes a set's suggestions, adjusted to the model, the new baseline, then applies `texts` (from the URL). */
export function adoptBaseline(forRows: RunSettings, texts: Partial<Record<SettingName, string>> = {}): void {
	const baseline = suggestedFor(useEngine.getState().model, forRows);
	let settings = { ...baseline };
	for (const [name, text] of Object.entries(texts) as [SettingName, string][]) {
		const read = withText(settings, name, text);
		if (read.ok) settings = read.value;
	}
	if (texts.r !== undefined && texts.lora_alpha === undefined) settings.lora_alpha = 2 * settings.r;
	const alphaFollows = settings.lora_alpha === 2 * settings.r;
	useSettings.setState({ settings, forRows, baseline, drafts: {}, alphaFollows, stepsFollow: false });
}

/** Own rows have the page's defaults as baseline. The settings stay; the steps follow the rows unless they were edited. */
export function adoptOwnRows(): void {
	useSettings.setState(({ settings, baseline, stepsFollow }) => ({
		forRows: PAGE_DEFAULTS,
		baseline: suggestedFor(useEngine.getState().model, PAGE_DEFAULTS),
		stepsFollow: stepsFollow || settings.max_steps === baseline.max_steps,
	}));
}

/** The number of own rows is known. */
export function followRows(stepsPerEpoch: number): void {
	useSettings.setState(({ settings, baseline, stepsFollow }) => {
		const max_steps = suggestedSteps(stepsPerEpoch);
		if (!stepsFollow || settings.max_steps === max_steps) return {};
		return { settings: { ...settings, max_steps }, baseline: { ...baseline, max_steps } };
	});
}

/** Another model was loaded: settings that were not edited follow its suggestions. */
export function followModel(model: ModelInfo): void {
	useSettings.setState(({ settings, forRows, baseline: before }) => {
		const baseline = suggestedFor(model, { ...forRows, max_steps: before.max_steps });
		const edited = SETTING_NAMES.filter((name) => textOf(settings, name) !== textOf(before, name));
		const kept = Object.fromEntries(edited.map((name) => [name, settings[name]]));
		return { baseline, settings: edited.length === SETTING_NAMES.length ? settings : { ...baseline, ...kept } };
	});
}

/** What is wrong with a rank that the adapted matrices do not allow; null if nothing is. */
export function rankProblem(settings: RunSettings): Problem | null {
	const max = methodsOf(settings).includes("lora") ? rankLimit(useEngine.getState().model, settings) : null;
	return max !== null && settings.r > max ? { kind: "range", min: 1, max } : null;
}

/** The text of a field: as typed while it is invalid, otherwise the value. */
export function fieldText(state: SettingsState, name: SettingName): string {
	return state.drafts[name]?.text ?? textOf(state.settings, name);
}

export const hasProblems = (state: SettingsState): boolean =>
	Object.keys(state.drafts).length > 0 || rankProblem(state.settings) !== null;

/**
 * Applies the settings of a run.json.
 * @returns how many were applied, and the names of those that are invalid or unknown.
 */
export function loadRunJson(text: string): { loaded: number; refused: string[] } {
	let given: unknown;
	try {
		given = JSON.parse(text);
	} catch {
		return { loaded: 0, refused: ["JSON"] };
	}
	if (typeof given !== "object" || given === null || Array.isArray(given)) return { loaded: 0, refused: ["JSON"] };
	let { settings } = useSettings.getState();
	let loaded = 0;
	const refused: string[] = [];
	for (const [name, value] of Object.entries(given)) {
		const read = isSettingName(name) ? withText(settings, name, asText(value)) : null;
		if (read?.ok !== true) {
			refused.push(name);
			continue;
		}
		settings = read.value;
		loaded++;
	}
	adoptSettings(settings);
	return { loaded, refused };
}

/** Replaces all settings, including invalid texts. */
export function adoptSettings(settings: RunSettings): void {
	const alphaFollows = settings.lora_alpha === 2 * settings.r;
	useSettings.setState({ settings, drafts: {}, alphaFollows, stepsFollow: false });
}

/** A value of run.json as it would be typed into its field. */
function asText(value: unknown): string {
	if (value === null) return "";
	if (Array.isArray(value)) return value.join(", ");
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}
