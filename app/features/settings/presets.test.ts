import { beforeEach, expect, it } from "vitest";
import { resolveSettings } from "../../../src/engine/train/settings.ts";
import { PAGE_DEFAULTS } from "../../../src/shared/settings.ts";
import { applyPreset, PRESET_NAMES, PRESETS } from "./presets.ts";
import { editField, initialSettings, useSettings } from "./store.ts";

beforeEach(() => useSettings.setState(initialSettings, true));

it.each(PRESET_NAMES)("the preset %s is valid", (name) => {
	const settings = PRESETS[name](PAGE_DEFAULTS);
	expect(resolveSettings({ ...settings }, name)).toEqual(settings);
});

it("all presets differ", () => {
	const all = PRESET_NAMES.map((name) => JSON.stringify(PRESETS[name](PAGE_DEFAULTS)));
	expect(new Set(all).size).toBe(PRESET_NAMES.length);
});

it("a preset is applied over the set's suggestions and replaces typed texts", () => {
	useSettings.setState({ baseline: { ...PAGE_DEFAULTS, max_length: 77 } });
	editField("r", "many");
	applyPreset("smallest");
	const { settings, drafts, alphaFollows } = useSettings.getState();
	expect(settings).toMatchObject({ r: 1, lora_alpha: 2, max_length: 77 });
	expect(drafts).toEqual({});
	expect(alphaFollows).toBe(true);
});
