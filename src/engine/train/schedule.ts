// Learning-rate schedules, as transformers' get_scheduler (transformers/optimization.py) computes them.
import type { RunSettings } from "../api.ts";

/** Warm-up steps as TrainingArguments.get_warmup_steps: `warmup_steps` if given, else the ratio, rounded up. */
export function warmupSteps(
	{ warmup_steps, warmup_ratio }: Pick<RunSettings, "warmup_steps" | "warmup_ratio">,
	total: number,
): number {
	return warmup_steps > 0 ? warmup_steps : Math.ceil(total * warmup_ratio);
}

/** The factor on the learning rate after `done` finished steps of `total`. */
function scheduleFactor(
	type: RunSettings["lr_scheduler_type"],
	done: number,
	warmup: number,
	total: number,
	learning_rate: number,
): number {
	const rising = done / Math.max(1, warmup);
	const progress = (done - warmup) / Math.max(1, total - warmup);
	switch (type) {
		case "constant":
			return 1;
		case "constant_with_warmup":
			return done < warmup ? rising : 1;
		case "linear":
			return done < warmup ? rising : Math.max(0, (total - done) / Math.max(1, total - warmup));
		case "cosine":
			return done < warmup ? rising : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
		case "cosine_with_restarts":
			if (done < warmup) return rising;
			return progress >= 1 ? 0 : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (progress % 1))));
		case "polynomial": {
			const lr_end = 1e-7;
			if (done < warmup) return rising;
			if (done > total) return lr_end / learning_rate;
			const remaining = 1 - (done - warmup) / (total - warmup);
			return ((learning_rate - lr_end) * remaining + lr_end) / learning_rate;
		}
		case "inverse_sqrt": {
			const timescale = warmup || 10_000;
			return done < warmup ? rising : 1 / Math.sqrt((done + timescale - warmup) / timescale);
		}
	}
}

/** The learning rate that step `step` (from 1) uses. */
export function learningRate(
	settings: Pick<RunSettings, "learning_rate" | "lr_scheduler_type" | "warmup_steps" | "warmup_ratio">,
	step: number,
	total: number,
): number {
	const { learning_rate, lr_scheduler_type } = settings;
	return (
		learning_rate * scheduleFactor(lr_scheduler_type, step - 1, warmupSteps(settings, total), total, learning_rate)
	);
}

/** Whether the learning rate is 0 in every step of a run: a single step of warm-up is one. */
export function neverLearns(settings: Parameters<typeof learningRate>[0], total: number): boolean {
	for (let step = 1; step <= total; step++) if (learningRate(settings, step, total) !== 0) return false;
	return settings.learning_rate !== 0;
}
