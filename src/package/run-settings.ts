// Settings of a run for callers of the package.
import type { RunSettings } from "../engine/api.ts";
import { resolveSettings } from "../engine/train/settings.ts";

/** Every setting: those given, by TRL's and PEFT's names, and TabTune's defaults. @throws TabTuneError naming what is out of range */
export function runSettings(given: Partial<RunSettings> = {}): RunSettings {
	return resolveSettings({ ...given }, "runSettings");
}
