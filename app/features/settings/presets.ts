// Presets of settings, based on the suggestions for the current data. To add one: a line here and its name in texts.*.ts
// (settings.preset.…).
import type { RunSettings } from "../../../src/engine/api.ts";
import { adoptSettings, FIELD_DEFAULTS, useSettings } from "./store.ts";

export const PRESETS = {
	suggested: (suggested) => suggested,
	quick: (suggested) => ({ ...suggested, max_steps: 20 }),
	smallest: (suggested) => ({ ...suggested, r: 1, lora_alpha: 2 }),
	// The modules adapted in the LoRA paper (Hu et al. 2021, section 4.2).
	attention: (suggested) => ({ ...suggested, target_modules: ["q_proj", "v_proj"] }),
	careful: (suggested) => ({
		...suggested,
		max_steps: 120,
		learning_rate: 1e-3,
		lr_scheduler_type: "cosine",
		warmup_ratio: 0.1,
	}),
	larger: () => FIELD_DEFAULTS,
} satisfies Record<string, (suggested: RunSettings) => RunSettings>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** Replaces all settings by a preset, including invalid texts. */
export const applyPreset = (name: PresetName): void => adoptSettings(PRESETS[name](useSettings.getState().baseline));
