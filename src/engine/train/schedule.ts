// Learning-rate schedules, as transformers' get_scheduler (transformers/optimization.py) computes them.
import type { RunSettings } from "../api.ts";

/** Warm-up steps as TrainingArguments.get_warmup_steps: `warmup_steps` if given, else the ratio, rounded up. */
export function warmupSteps(
	{ warmup_steps, warmup_ratio }: Pick<RunSettings, "warmup_steps" | "warmup_ratio">,
	total: number,
): number {
	return warmup_steps > 0 ? warmup_steps : Math.ceil(total * warmup_ratio);
}

type Schedule = Pick<RunSettings, "learning_rate" | "lr_scheduler_type"> & {
	readonly lr_scheduler_kwargs?: RunSettings["lr_scheduler_kwargs"];
};

const CURVES: Readonly<Record<string, (progress: number, num_cycles: number) => number>> = {
	linear: (progress) => 1 - progress,
	cosine: (progress, num_cycles) => 0.5 * (1 + Math.cos(Math.PI * num_cycles * 2 * progress)),
	"1-sqrt": (progress) => 1 - Math.sqrt(progress),
};

/** The factor on the learning rate after `done` finished steps of `total`. */
function scheduleFactor(
	{ lr_scheduler_type: type, learning_rate, lr_scheduler_kwargs: kwargs = {} }: Schedule,
	done: number,
	warmup: number,
	total: number,
): number {
	const given = (name: string, fallback: number) => (typeof kwargs[name] === "number" ? kwargs[name] : fallback);
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
			return done < warmup ? rising : Math.max(0, CURVES.cosine(progress, given("num_cycles", 0.5)));
		case "cosine_with_restarts":
			if (done < warmup) return rising;
			return progress >= 1 ? 0 : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((given("num_cycles", 1) * progress) % 1))));
		case "polynomial": {
			const lr_end = given("lr_end", 1e-7);
			if (done < warmup) return rising;
			if (done > total) return lr_end / learning_rate;
			const remaining = (1 - (done - warmup) / (total - warmup)) ** given("power", 1);
			return ((learning_rate - lr_end) * remaining + lr_end) / learning_rate;
		}
		case "inverse_sqrt": {
			const timescale = given("timescale", warmup || 10_000);
			return done < warmup ? rising : 1 / Math.sqrt((done + timescale - warmup) / timescale);
		}
		case "cosine_with_min_lr": {
			if (done < warmup) return rising;
			const lowest = given("min_lr_rate", given("min_lr", 0) / learning_rate);
			return Math.max(0, above(lowest, CURVES.cosine(progress, given("num_cycles", 0.5))));
		}
		case "cosine_warmup_with_min_lr": {
			if (done < warmup) {
				const first = kwargs.warmup_lr_rate;
				if (typeof first !== "number") return (done + 1) / Math.max(1, warmup);
				return first + ((1 - first) * done) / Math.max(1, warmup - 1);
			}
			const lowest = given("min_lr_rate", given("min_lr", 0) / learning_rate);
			const next = (done - warmup + 1) / Math.max(1, total - warmup);
			return Math.max(0, above(lowest, CURVES.cosine(next, given("num_cycles", 0.5))));
		}
		case "warmup_stable_decay": {
			const decay = given("num_decay_steps", 0);
			const stable = given("num_stable_steps", total - warmup - decay);
			const lowest = given("min_lr_ratio", 0);
			if (done < warmup) return Math.max(0, above(lowest, risingCurve(String(kwargs.warmup_type ?? "linear"), rising)));
			if (done < warmup + stable) return 1;
			if (done >= warmup + stable + decay) return lowest;
			const part = (done - warmup - stable) / Math.max(1, decay);
			return Math.max(0, above(lowest, CURVES[String(kwargs.decay_type ?? "cosine")](part, given("num_cycles", 0.5))));
		}
	}
}

/** A factor from 0 to 1, scaled to end at `lowest`. */
const above = (lowest: number, factor: number): number => factor * (1 - lowest) + lowest;

function risingCurve(type: string, progress: number): number {
	if (type === "cosine") return 0.5 * (1 - Math.cos(Math.PI * progress));
	return type === "1-sqrt" ? 1 - Math.sqrt(1 - progress) : progress;
}

/** The learning rate that step `step` (from 1) uses. */
export function learningRate(
	settings: Schedule & Pick<RunSettings, "warmup_steps" | "warmup_ratio">,
	step: number,
	total: number,
): number {
	return settings.learning_rate * scheduleFactor(settings, step - 1, warmupSteps(settings, total), total);
}

/** Whether the learning rate is 0 in every step of a run: a single step of warm-up is one. */
export function neverLearns(settings: Parameters<typeof learningRate>[0], total: number): boolean {
	for (let step = 1; step <= total; step++) if (learningRate(settings, step, total) !== 0) return false;
	return settings.learning_rate !== 0;
}
