// The link's share of the page: language, gallery set and the settings that differ from what that set
// suggests. Never data: rows of one's own stay on the device. To carry more: read it in `readUrl`, write it in
// `writeUrl`, and test that the two agree.

import type { RunSettings } from "../../../src/engine/api.ts";
import { textOf, withText } from "../../../src/shared/setting-values.ts";
import { isSettingName, SETTING_NAMES, type SettingName } from "../../../src/shared/settings.ts";

/** Marks a link made while own data was loaded: the set's suggestions do not apply to its settings. */
export const OWN_DATA = "own";

/** Short names for the three settings a beginner changes. */
const ALIASES: Record<string, SettingName> = { steps: "max_steps", lr: "learning_rate", alpha: "lora_alpha" };
const SHORT: Partial<Record<SettingName, string>> = { max_steps: "steps", learning_rate: "lr" };

export interface UrlState {
	lang: string | null;
	set: string | null;
	/** Where the reader of the Learn page is (features/learn/store.ts); null elsewhere. */
	learn: string | null;
	/** Texts by field, already known to be readable. */
	settings: Partial<Record<SettingName, string>>;
	/** Parameters that name a setting but could not be read. */
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

/** The query to show, keeping parameters that are none of ours (a fragment of a later version, a tracker's). */
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
		// An alpha that follows a rank which the link already carries needs no saying.
		if (name === "lora_alpha" && settings.r !== baseline.r && settings.lora_alpha === 2 * settings.r) continue;
		const text = textOf(settings, name);
		if (text !== textOf(baseline, name)) params.set(SHORT[name] ?? name, text);
	}
	const query = params.toString();
	return query === "" ? "" : `?${query}`;
}
