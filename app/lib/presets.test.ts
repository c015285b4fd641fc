import { expect, it } from "vitest";
import { resolveSettings } from "../../src/engine/train/settings.ts";
import { PAGE_DEFAULTS } from "../stores/settings.ts";
import { PRESET_NAMES, PRESETS } from "./presets.ts";

it.each(PRESET_NAMES)("the preset %s is what the engine accepts, and differs from the page's own", (name) => {
	const settings = { ...PAGE_DEFAULTS, ...PRESETS[name] };
	expect(resolveSettings(settings, name)).toMatchObject(PRESETS[name]);
	expect(settings).not.toEqual(PAGE_DEFAULTS);
});
