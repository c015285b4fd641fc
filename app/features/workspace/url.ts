// The URL's query: language, gallery set and the settings that differ from the set's suggestions. It never contains data:
// own rows stay on the device. To add a parameter: read it in `readUrl`, write it in `writeUrl`, and test the round trip.

import type { RunSettings } from "../../../src/engine/api.ts";
import { textOf, withText } from "../../../src/shared/setting-values.ts";
import { isSettingName, SETTING_NAMES, type SettingName } from "../../../src/shared/settings.ts";

/** Marks a link copied with own data: the set's suggestions do not apply to its settings. */
export const OWN_DATA = "own";

/** Short names of the most common settings. */
const ALIASES: Record<string, SettingName> = { steps: "max_steps", lr: "learning_rate", alpha: "lora_alpha" };
const SHORT: Partial<Record<SettingName, string>> = { max_steps: "steps", learning_rate: "lr" };

export interface UrlState {
	lang: string | null;
	set: string | null;
	/** Position on the Learn page (features/learn/store.ts); null on other tabs. */
	learn: string | null;
	/** Texts by setting, already checked. */
	settings: Partial<Record<SettingName, string>>;
	/** Parameters that name a setting but have an invalid value. */
	refused: string[];
}

export function readUrl(search: string, defaults: RunSettings): UrlState {
	const params = new URLSearchParams(search);
	const state: UrlState = {
		lang: params.get("lang"),
		set: params.get("set"),
		learn: params.get("learn"),
		settings: {},
		refused: [],
	};
	for (const [key, text] of params) {
		const name = ALIASES[key] ?? key;
		if (!isSettingName(name)) continue;
		if (withText(defaults, name, text).ok) state.settings[name] = text;
		else state.refused.push(`${key}=${text}`);
	}
	return state;
}

/** The query to show. Unknown parameters are kept. */
export function writeUrl(
	search: string,
	state: Pick<UrlState, "lang" | "set"> &
		Partial<Pick<UrlState, "learn">> & { settings: RunSettings; baseline: RunSettings },
): string {
	const params = new URLSearchParams(search);
	for (const key of [...params.keys()]) if (isSettingName(ALIASES[key] ?? key)) params.delete(key);
	const put = (key: string, value: string | null) => (value === null ? params.delete(key) : params.set(key, value));
	put("lang", state.lang);
	put("set", state.set);
	put("learn", state.learn ?? null);
	const { settings, baseline } = state;
	for (const name of SETTING_NAMES) {
		// An alpha of 2·r follows from the rank in the link.
		if (name === "lora_alpha" && settings.r !== baseline.r && settings.lora_alpha === 2 * settings.r) continue;
		const text = textOf(settings, name);
		if (text !== textOf(baseline, name)) params.set(SHORT[name] ?? name, text);
	}
	const query = params.toString();
	return query === "" ? "" : `?${query}`;
}
