// Typing into settings: alpha follows the rank until edited, invalid texts are kept and reported.
import { describe, expect, test } from "vitest";
import {
	afterEdit,
	fieldText,
	hasProblems,
	initialSettings,
	loadRunJson,
	type SettingsState,
	useSettings,
} from "./store.ts";

function type(state: SettingsState, ...edits: [Parameters<typeof afterEdit>[1], string][]): SettingsState {
	let now = state;
	for (const [name, text] of edits) now = { ...now, ...afterEdit(now, name, text) };
	return now;
}

describe("settings", () => {
	test("lora_alpha follows 2r until it is edited", () => {
		const followed = type(initialSettings, ["r", "5"]);
		expect(followed.settings.lora_alpha).toBe(10);
		const fixed = type(followed, ["lora_alpha", "16"], ["r", "32"]);
		expect(fixed.settings).toMatchObject({ r: 32, lora_alpha: 16 });
		expect(type(fixed, ["lora_alpha", "64"], ["r", "1"]).settings.lora_alpha).toBe(2);
	});

	test.each([
		["r", "0", "atLeast"],
		["r", "4294967296", "range"],
		["r", "2.5", "integer"],
		["learning_rate", "abc", "number"],
		["learning_rate", "NaN", "number"],
		["learning_rate", "0", "above"],
		["max_steps", "0", "steps"],
		["max_steps", "", "steps"],
		["rank_pattern", "[1]", "object"],
		["rank_pattern", '{"q": 0}', "object"],
		["layers_to_transform", "1, x", "list"],
		["target_modules", " ", "empty"],
		["warmup_steps", "-1", "atLeast"],
	] as const)("%s = %j is refused (%s) and the last good value stays", (name, text, kind) => {
		const state = type(initialSettings, [name, text]);
		expect(state.drafts[name]?.problem.kind).toBe(kind);
		expect(hasProblems(state)).toBe(true);
		expect(fieldText(state, name)).toBe(text);
		expect(state.settings[name]).toEqual(initialSettings.settings[name]);
	});

	test("correcting a text clears its problem", () => {
		const state = type(initialSettings, ["learning_rate", "2e"], ["learning_rate", "2e-4"]);
		expect(hasProblems(state)).toBe(false);
		expect(state.settings.learning_rate).toBe(2e-4);
	});

	test("target modules: a list, a regular expression or all-linear", () => {
		const read = (text: string) => type(initialSettings, ["target_modules", text]).settings.target_modules;
		expect(read("q_proj, v_proj")).toEqual(["q_proj", "v_proj"]);
		expect(read("q_proj")).toEqual(["q_proj"]);
		expect(read("all-linear")).toBe("all-linear");
		expect(read(".*\\.(q|v)_proj")).toBe(".*\\.(q|v)_proj");
	});
});

describe("run.json", () => {
	test("a saved run.json loads completely", () => {
		const settings = {
			...initialSettings.settings,
			r: 5,
			target_modules: ["q_proj", "v_proj"],
			rank_pattern: { q_proj: 2 },
			layers_to_transform: [0, 3],
			learning_rate: 2e-4,
			packing: true,
		};
		useSettings.setState({ settings: initialSettings.settings });
		expect(loadRunJson(JSON.stringify(settings))).toEqual({ loaded: Object.keys(settings).length, refused: [] });
		expect(useSettings.getState().settings).toEqual(settings);
	});

	test("reports invalid settings and loads the rest", () => {
		expect(loadRunJson('{"r": 3, "seed": -1, "colour": "red"}')).toEqual({ loaded: 1, refused: ["seed", "colour"] });
		expect(useSettings.getState().settings.r).toBe(3);
		expect(loadRunJson("{")).toEqual({ loaded: 0, refused: ["JSON"] });
		expect(loadRunJson("[1]")).toEqual({ loaded: 0, refused: ["JSON"] });
	});
});
