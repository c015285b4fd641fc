// Resuming a run with its own settings: which settings may differ, and whether base, rows and trained tensors are the same.
import { TabTuneError } from "../../../shared/errors.ts";
import { checkpointMessage } from "../../../shared/messages/index.ts";
import type { Message } from "../../../shared/messages/message.ts";
import { pissaNiter } from "../../../shared/setting-values.ts";
import { isSettingName, SETTING_NAMES, SETTINGS } from "../../../shared/settings.ts";
import type { RunSettings } from "../../api.ts";
import { otherLayout, type SavedState } from "./checkpoint.ts";
import { type RunFingerprints, sameBase } from "./identity.ts";

/** Settings that a resumed run may change: how long and how fast it trains, and what it saves. All others keep their value. */
const FREE: ReadonlySet<string> = new Set([
	"max_steps",
	"num_train_epochs",
	"eval_strategy",
	"eval_steps",
	"save_strategy",
	"save_steps",
	"save_total_limit",
	"load_best_model_at_end",
	"metric_for_best_model",
	"greater_is_better",
	"early_stopping_patience",
	"early_stopping_threshold",
	"score_metric",
	"score_pattern",
	"score_max_new_tokens",
	"learning_rate",
	"lr_scheduler_type",
	"lr_scheduler_kwargs",
	"warmup_steps",
	"warmup_ratio",
	"weight_decay",
	"adam_beta1",
	"adam_beta2",
	"adam_epsilon",
	"max_grad_norm",
] satisfies (keyof RunSettings)[]);
/** Free settings that do not affect the training steps. */
const NEUTRAL: ReadonlySet<string> = new Set(SETTING_NAMES.filter((name) => SETTINGS[name].group === "saving"));

export interface ResumedSettings {
	/** The run's settings with the given ones that may differ. */
	readonly settings: Record<string, unknown>;
	/** A warning that names each setting that differs; null if none does. */
	readonly warning: Message | null;
	/** Whether the steps after the checkpoint differ from those of the uninterrupted run. */
	readonly branches: boolean;
}

/**
 * The settings of a resumed run.
 * @param given the settings that the user states; the others are the run's
 * @throws TabTuneError "usage" naming each setting that a resumed run cannot change
 */
export function resumedSettings(
	saved: Partial<RunSettings>,
	given: Readonly<Record<string, unknown>>,
	where: string,
): ResumedSettings {
	const before: Readonly<Record<string, unknown>> = saved;
	const names = Object.keys(given).filter(
		(name) => before[name] !== undefined && !same(name, before[name], given[name]),
	);
	const difference = (name: string): Message =>
		checkpointMessage("difference", { name, before: JSON.stringify(before[name]), now: JSON.stringify(given[name]) });
	const differences = (all: readonly string[]): Message =>
		all.map(difference).reduce((first, second) => checkpointMessage("differences", { first, second }));
	const fixed = names.filter((name) => !FREE.has(name));
	if (fixed.length > 0)
		throw new TabTuneError("usage", {
			what: checkpointMessage("fixedSettings", { differences: differences(fixed) }),
			where,
			next: checkpointMessage("fixedSettings.next"),
		});
	const kept = Object.entries(saved).filter(([name]) => isSettingName(name)); // a later version may have more
	return {
		settings: { ...Object.fromEntries(kept), ...given },
		warning: names.length === 0 ? null : checkpointMessage("otherSettings", { names: differences(names) }),
		branches: names.some((name) => !NEUTRAL.has(name)),
	};
}

/** Initialisation matters only before the first step, except that PiSSA also changes the frozen weights. */
function same(name: string, before: unknown, now: unknown): boolean {
	if (name === "init_lora_weights") {
		const pissa = (value: unknown) => pissaNiter(value as RunSettings["init_lora_weights"]);
		return pissa(before) === pissa(now);
	}
	const sorted = (value: unknown) => JSON.stringify(Array.isArray(value) ? value.toSorted() : value);
	return sorted(before) === sorted(now);
}

/**
 * Checks that a checkpoint belongs to this base, these rows and these trained tensors.
 * @param anyRows whether other rows are allowed
 * @returns warnings
 * @throws TabTuneError "usage" naming what differs
 */
export function checkResume(
	{ state, rows: savedRows, run }: SavedState,
	now: RunFingerprints & { readonly rows: number; readonly size: number },
	where: string,
	anyRows: boolean,
): Message[] {
	const refuse = (what: Message, next: Message) => new TabTuneError("usage", { what, where, next });
	if (state.params.length !== now.size) throw otherLayout(where);
	if (run !== null) {
		if (JSON.stringify(run.layout) !== JSON.stringify(now.layout)) throw otherLayout(where);
		if (!sameBase(run.base, now.base))
			throw refuse(checkpointMessage("otherBase"), checkpointMessage("otherBase.next"));
		if (run.dtype !== now.dtype)
			throw refuse(
				checkpointMessage("otherDtype", { before: run.dtype, now: now.dtype }),
				checkpointMessage("otherDtype.next"),
			);
	}
	const sameRows = run === null ? savedRows === null || savedRows === now.rows : run.data === now.data;
	if (sameRows) return [];
	if (!anyRows) throw refuse(checkpointMessage("otherRows"), checkpointMessage("otherRows.next"));
	return [checkpointMessage("otherRowsAllowed")];
}
