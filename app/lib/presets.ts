// Ready settings a person may start from, each a change to what the page would use for the data in hand. To add one: a
// line here and its name in i18n (settings.preset.…).
import type { RunSettings } from "../../src/engine/api.ts";

export const PRESETS = {
	quick: { max_steps: 20 },
	smallest: { r: 1, lora_alpha: 2 },
	// What the LoRA paper adapts (Hu et al. 2021, section 4.2).
	attention: { target_modules: ["q_proj", "v_proj"] },
	careful: { max_steps: 120, learning_rate: 1e-3, lr_scheduler_type: "cosine", warmup_ratio: 0.1, weight_decay: 0.01 },
} satisfies Record<string, Partial<RunSettings>>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];
