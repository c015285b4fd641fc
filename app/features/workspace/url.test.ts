// A link restores the settings it was copied from and ignores everything else.
import { describe, expect, test } from "vitest";
import { PAGE_DEFAULTS } from "../../../src/shared/settings.ts";
import { adoptBaseline, useSettings } from "../settings/store.ts";
import { readUrl, writeUrl } from "./url.ts";

describe("URL state", () => {
	test("short names and full names are both read", () => {
		const link = readUrl("?r=4&steps=12&learning_rate=2e-4&lang=zh&set=pirate", PAGE_DEFAULTS);
		expect(link).toMatchObject({
			lang: "zh",
			set: "pirate",
			settings: { r: "4", max_steps: "12", learning_rate: "2e-4" },
			refused: [],
		});
	});

	test("invalid parameters are reported and not applied", () => {
		const link = readUrl("?r=0&lr=abc&steps=-2&utm_source=x", PAGE_DEFAULTS);
		expect(link.settings).toEqual({});
		expect(link.refused).toEqual(["r=0", "lr=abc", "steps=-2"]);
	});

	test("writes only differences; unknown parameters stay", () => {
		const settings = { ...PAGE_DEFAULTS, r: 4, lora_alpha: 8, max_steps: 12 };
		expect(writeUrl("?r=99&utm=x", { lang: null, set: null, settings, baseline: PAGE_DEFAULTS })).toBe(
			"?utm=x&r=4&steps=12",
		);
		expect(
			writeUrl("?lang=en&steps=5", { lang: null, set: null, settings: PAGE_DEFAULTS, baseline: PAGE_DEFAULTS }),
		).toBe("");
	});

	test("a round trip preserves every kind of setting", () => {
		const settings = {
			...PAGE_DEFAULTS,
			r: 3,
			lora_alpha: 7.5,
			target_modules: ["q_proj", "v_proj"],
			rank_pattern: { "layers.0.*q_proj": 2 },
			layers_to_transform: [0, 2],
			use_rslora: true,
			shuffle: false,
			learning_rate: 1.5e-5,
			lr_scheduler_type: "cosine" as const,
			init_lora_weights: "gaussian",
		};
		const link = readUrl(writeUrl("", { lang: null, set: null, settings, baseline: PAGE_DEFAULTS }), PAGE_DEFAULTS);
		adoptBaseline(PAGE_DEFAULTS, link.settings);
		expect(link.refused).toEqual([]);
		expect(useSettings.getState().settings).toEqual(settings);
	});

	test("an alpha of 2r is restored from the rank alone", () => {
		const settings = { ...PAGE_DEFAULTS, r: 32, lora_alpha: 64 };
		const query = writeUrl("", { lang: null, set: null, settings, baseline: PAGE_DEFAULTS });
		expect(query).toBe("?r=32");
		adoptBaseline(PAGE_DEFAULTS, readUrl(query, PAGE_DEFAULTS).settings);
		expect(useSettings.getState().settings).toEqual(settings);
	});
});
