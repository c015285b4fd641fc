import { describe, expect, test } from "vitest";
import { describeValues, readSetting, settingProblem, textOf } from "./setting-values.ts";
import { DEFAULT_SETTINGS, PAGE_DEFAULTS, SETTING_NAMES, SETTINGS } from "./settings.ts";

describe("the table of settings", () => {
	test.each(SETTING_NAMES)("%s: both defaults are valid, and their text is parsed to the same value", (name) => {
		for (const settings of [DEFAULT_SETTINGS, PAGE_DEFAULTS]) {
			expect(settingProblem(name, settings[name])).toBeNull();
			expect(readSetting(name, textOf(settings, name))).toEqual({ ok: true, value: settings[name] });
		}
		expect(describeValues(name)).not.toBe("");
	});

	test.each(SETTING_NAMES)("%s: a text is accepted if and only if its value is", (name) => {
		const { values } = SETTINGS[name];
		if (values.kind !== "number" && values.kind !== "integer") return;
		const { min, max = min + 1, special } = values;
		for (const value of [min - 1, min, min + 0.5, max, max + 1, special ?? min, Number.NaN]) {
			expect(readSetting(name, String(value)).ok, `${name} = ${value}`).toBe(settingProblem(name, value) === null);
		}
	});

	test("booleans are read in any letter case; other words are refused", () => {
		expect(readSetting("packing", "False")).toEqual({ ok: true, value: false });
		expect(readSetting("packing", "TRUE")).toEqual({ ok: true, value: true });
		expect(readSetting("packing", "yes")).toEqual({ ok: false, problem: { kind: "boolean" } });
	});

	test("a regular expression with a comma is not split", () => {
		expect(readSetting("target_modules", ".*(q|v)_proj{1,2}")).toEqual({ ok: true, value: ".*(q|v)_proj{1,2}" });
		expect(readSetting("target_modules", "q_proj,v_proj")).toEqual({ ok: true, value: ["q_proj", "v_proj"] });
	});
});
