// Settings follow the model and the rows until they are edited.
import { beforeEach, expect, test } from "vitest";
import type { ModelInfo } from "../../../src/engine/api.ts";
import { PAGE_DEFAULTS } from "../../../src/shared/settings.ts";
import { useEngine } from "../model/store.ts";
import {
	adoptBaseline,
	editField,
	followModel,
	followRows,
	hasProblems,
	initialSettings,
	useSettings,
} from "./store.ts";
import { rankLimit, suggestedFor, suggestedSteps } from "./suggestions.ts";

const model = (parameters: number, rankLimits: Record<string, number> = { q_proj: 192, k_proj: 64 }): ModelInfo =>
	({ parameters, rankLimits }) as Partial<ModelInfo> as ModelInfo;
const now = () => useSettings.getState().settings;

beforeEach(() => {
	useSettings.setState(initialSettings, true);
	useEngine.setState({ model: null });
});

test("the learning rate of larger models is lower; one that is low already stays", () => {
	expect(suggestedFor(model(2.8e6), PAGE_DEFAULTS)).toEqual(PAGE_DEFAULTS);
	expect(suggestedFor(model(60e6), PAGE_DEFAULTS).learning_rate).toBe(1e-3);
	expect(suggestedFor(model(135e6), PAGE_DEFAULTS)).toMatchObject({ learning_rate: 2e-4, lr_scheduler_type: "cosine" });
	const low = { ...PAGE_DEFAULTS, learning_rate: 1e-4 };
	expect(suggestedFor(model(135e6), low)).toEqual(low);
});

test("another model changes what was not edited", () => {
	adoptBaseline({ ...PAGE_DEFAULTS, max_steps: 21 });
	editField("max_steps", "7");
	followModel(model(135e6));
	expect(now()).toMatchObject({ learning_rate: 2e-4, max_steps: 7, r: 8 });
	editField("learning_rate", "1e-3");
	followModel(model(2.8e6));
	expect(now()).toMatchObject({ learning_rate: 1e-3, lr_scheduler_type: "linear", max_steps: 7 });
});

test("the rank ends at the smallest side of the adapted matrices", () => {
	expect(rankLimit(model(1e6), { target_modules: "all-linear" })).toBe(64);
	expect(rankLimit(model(1e6), { target_modules: ["q_proj"] })).toBe(192);
	expect(rankLimit(model(1e6), { target_modules: ".*q_proj" })).toBeNull();
	useEngine.setState({ model: model(1e6) });
	editField("r", "64");
	expect(hasProblems(useSettings.getState())).toBe(false);
	editField("r", "65");
	expect(hasProblems(useSettings.getState())).toBe(true);
	editField("target_modules", "q_proj");
	expect(hasProblems(useSettings.getState())).toBe(false);
	followModel(model(1e6, { q_proj: 4 }));
	expect(suggestedFor(model(1e6, { q_proj: 4 }), PAGE_DEFAULTS)).toMatchObject({ r: 4, lora_alpha: 8 });
});

test("the steps follow own rows until they are edited", () => {
	expect([1, 10, 1000].map(suggestedSteps)).toEqual([20, 30, 300]);
	useSettings.setState({ stepsFollow: true });
	followRows(10);
	expect(now().max_steps).toBe(30);
	editField("max_steps", "5");
	followRows(50);
	expect(now().max_steps).toBe(5);
});
