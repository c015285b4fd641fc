import { expect, test } from "vitest";
import { resolveSettings } from "./settings.ts";

const refusal = (lr_scheduler_type: string, lr_scheduler_kwargs: Record<string, unknown>, learning_rate = 1e-3) => {
	try {
		resolveSettings({ lr_scheduler_type, lr_scheduler_kwargs, learning_rate }, "run.json");
	} catch (thrown) {
		return (thrown as Error).message;
	}
	return null;
};

test.each([
	["cosine", { num_cycles: 1.5 }],
	["cosine_with_min_lr", { min_lr: 1e-5 }],
	["warmup_stable_decay", { num_decay_steps: 3, decay_type: "linear" }],
	["linear", {}],
])("%s accepts %j", (type, kwargs) => {
	expect(refusal(type, kwargs)).toBeNull();
});

test.each([
	["linear", { min_lr: 1 }, "the schedule linear has no arguments"],
	["cosine", { min_lr: 1 }, "the arguments of the schedule cosine are num_cycles"],
	["cosine_with_min_lr", {}, "needs min_lr or min_lr_rate"],
	["cosine_with_min_lr", { min_lr: 0, min_lr_rate: 0 }, "and not both"],
	["warmup_stable_decay", {}, "needs num_decay_steps"],
	["warmup_stable_decay", { num_decay_steps: 1.5 }, "num_decay_steps of the schedule warmup_stable_decay is 1.5"],
	["warmup_stable_decay", { num_decay_steps: 2, warmup_type: "sqrt" }, '"linear", "cosine", "1-sqrt"'],
	["polynomial", { power: 0 }, "a number greater than 0"],
	["polynomial", { lr_end: 1e-3 }, "not below the learning rate"],
])("%s refuses %j by name", (type, kwargs, message) => {
	expect(refusal(type, kwargs)).toContain(message);
});
