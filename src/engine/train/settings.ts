// Resolves the settings of a run: fills in defaults, and checks names and values by the table in shared/settings.ts.
import { closest } from "fastest-levenshtein";
import { TabTuneError } from "../../shared/errors.ts";
import { trainMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import { methodsOf, settingProblem } from "../../shared/setting-values.ts";
import { DEFAULT_SETTINGS, isSettingName, type RunSettings, SETTING_NAMES } from "../../shared/settings.ts";

import { checkScheduleArguments } from "./schedule-arguments.ts";

/**
 * Fills in defaults and checks names and ranges.
 * @param where source for error messages: "run.json", "the command line".
 * @throws TabTuneError "usage" naming the setting and its valid values, or for an unknown name the most similar one.
 */
export function resolveSettings(given: Readonly<Record<string, unknown>>, where: MessageText): RunSettings {
	for (const name of Object.keys(given)) {
		if (!isSettingName(name)) {
			throw new TabTuneError("usage", {
				what: trainMessage("unknownSetting", { name }),
				where,
				next: trainMessage("didYouMean", { nearest: closest(name, SETTING_NAMES) }),
			});
		}
	}
	const settings = { ...DEFAULT_SETTINGS, ...given, ...joinedLosses(given) } as RunSettings;
	for (const name of SETTING_NAMES) {
		const wrong = settingProblem(name, settings[name]);
		if (wrong !== null) {
			throw new TabTuneError("usage", {
				what: trainMessage("settingValue", { name, value: show(settings[name]), problem: wrong }),
				where,
				next: trainMessage("settingValue.next", { name }),
			});
		}
	}
	if (methodsOf(settings).includes("prompt_tuning") && settings.prompt_tuning_init === "TEXT") {
		if ((settings.prompt_tuning_init_text ?? "").trim() === "")
			throw new TabTuneError("usage", {
				what: trainMessage("promptInitText"),
				where,
				next: trainMessage("promptInitText.next"),
			});
	}
	checkScheduleArguments(settings, where);
	if (settings.precision === "mixed" && methodsOf(settings).includes("full"))
		throw new TabTuneError("usage", {
			what: trainMessage("mixedWithoutFrozen"),
			where,
			next: trainMessage("mixedWithoutFrozen.next"),
		});
	requireLosses(settings, where);
	return settings;
}

/** @throws TabTuneError "usage" for losses whose settings do not match */
function requireLosses({ loss_type, loss_weights, label_smoothing }: RunSettings, where: MessageText): void {
	const losses = loss_type.split("+");
	const fault =
		loss_weights !== null && loss_weights.length !== losses.length
			? ([
					trainMessage("lossWeights", { weights: loss_weights.length, losses: losses.length, loss: loss_type }),
					trainMessage("lossWeights.next"),
				] as const)
			: losses.includes("exo_pair") && label_smoothing === 0
				? ([trainMessage("exoSmoothing"), trainMessage("exoSmoothing.next")] as const)
				: null;
	if (fault !== null) throw new TabTuneError("usage", { what: fault[0], where, next: fault[1] });
}

/** TRL writes several losses as a list. */
function joinedLosses({ loss_type }: Readonly<Record<string, unknown>>): { loss_type?: string } {
	return Array.isArray(loss_type) ? { loss_type: loss_type.join("+") } : {};
}

function show(value: unknown): string {
	if (typeof value === "number") return String(value);
	try {
		return JSON.stringify(value);
	} catch {
		return `${typeof value} nested too deep`;
	}
}
