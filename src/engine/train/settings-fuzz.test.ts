// run.json with changed values, names and structure: settings of the table, or an error that names the setting.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_SETTINGS, isSettingName } from "../../shared/settings.ts";
import { changedJson, fuzz } from "../../shared/test-fuzz.ts";
import { freshAdapter } from "../adapters/create-adapter.ts";
import { openModelFiles } from "../models/load.ts";
import { resolveSettings } from "./settings.ts";
import { testFolder } from "./test-runtime.ts";

const GOLDEN = "fixtures/goldens/odd";
const model = await openModelFiles(testFolder(GOLDEN), "odd");
const runs = [JSON.parse(readFileSync(`${GOLDEN}/run.json`, "utf8")), DEFAULT_SETTINGS];
const names = ["target_modules", "rank_pattern", "alpha_pattern", "exclude_modules", "layers_pattern", "r", "method"];
const values = [
	"(.*)*x",
	"([a-z_.0-9]+)+!",
	{ "(.*)*x": 1 },
	{ q_proj: 2.5 },
	{ q_proj: 1e9 },
	[1e12],
	1e12,
	"lora+lora",
];

test("every run.json is read or refused, and no name is accepted that is none", async () => {
	const counts = await fuzz(
		(random) => {
			const run = structuredClone(random.oneOf(runs));
			if (random.chance(0.3)) run[random.oneOf(names)] = random.oneOf(values);
			const text = changedJson(random, run);
			return { input: text, size: text.length };
		},
		async (text) => {
			let value: object;
			try {
				value = JSON.parse(text);
			} catch {
				return;
			}
			if (typeof value !== "object" || value === null || Array.isArray(value)) return;
			const settings = resolveSettings({ ...value }, "run.json");
			expect(Object.keys(settings).filter((name) => !isSettingName(name))).toEqual([]);
			await freshAdapter(model, settings, async () => [1, 2, 3]);
		},
	);
	expect(counts.refused).toBeGreaterThan(counts.read);
});
