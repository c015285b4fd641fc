// Suggested settings: those of the rows, adjusted to the size and the shapes of the model. Pure.
import type { ModelInfo, RunSettings } from "../../../src/engine/api.ts";

/** The learning rate for models up to a number of parameters: the usual 2e-4 of LoRA for larger ones. */
const RATES: readonly (readonly [parameters: number, rate: number])[] = [
	[20e6, Number.POSITIVE_INFINITY],
	[100e6, 1e-3],
	[Number.POSITIVE_INFINITY, 2e-4],
];

type Model = Pick<ModelInfo, "parameters" | "rankLimits">;

/** @param rows the settings suggested for the rows, which are made for the bundled model */
export function suggestedFor(model: Model | null, rows: RunSettings): RunSettings {
	if (model === null) return rows;
	const [, rate] = RATES.find(([parameters]) => model.parameters <= parameters) ?? RATES[RATES.length - 1];
	const r = Math.min(rows.r, rankLimit(model, rows) ?? rows.r);
	const fitting = r === rows.r ? rows : { ...rows, r, lora_alpha: 2 * r };
	if (rows.learning_rate <= rate) return fitting;
	return { ...fitting, learning_rate: rate, lr_scheduler_type: "cosine", warmup_ratio: 0.05 };
}

/** The highest rank that every adapted matrix allows; null if that is unknown, as with a regular expression. */
export function rankLimit(model: Model | null, { target_modules }: Pick<RunSettings, "target_modules">): number | null {
	if (model === null) return null;
	const limits = Object.entries(model.rankLimits).filter(
		([name]) =>
			target_modules === "all-linear" || (Array.isArray(target_modules) && target_modules.some((one) => one === name)),
	);
	return limits.length === 0 ? null : Math.min(...limits.map(([, limit]) => limit));
}

/** Steps for about three epochs, enough to see a change and not endless. */
export const suggestedSteps = (stepsPerEpoch: number): number => Math.min(300, Math.max(20, 3 * stepsPerEpoch));
