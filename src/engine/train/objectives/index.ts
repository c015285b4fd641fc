// Chooses the objective of a run by its rows: tokens, or pairs of answers. To add one, add a class next to TokenLoss and a branch
// to `objectiveOf`.
import { TabTuneError } from "../../../shared/errors.ts";
import { type LossRows, lossesOf, unusedByLoss } from "../../../shared/losses.ts";
import { trainMessage } from "../../../shared/messages/index.ts";
import { DEFAULT_SETTINGS } from "../../../shared/settings.ts";
import type { RunSettings } from "../../api.ts";
import type { Objective, ObjectiveParts } from "../objective.ts";
import type { ModelRuntime } from "../runtime.ts";
import { TokenLoss } from "./token-loss.ts";

/** Chooses the objective, before any allocation. @throws TabTuneError "data" or "usage" if rows and settings do not match */
export async function requireObjective(parts: Pick<ObjectiveParts, "train" | "heldOut" | "settings">): Promise<void> {
	requireUsed(parts.settings, parts.train.kind);
	if (parts.train.kind !== "rows") (await import("./preference.ts")).requirePreferences(parts);
	else if (parts.heldOut !== null && parts.heldOut.kind !== "rows") {
		throw new TabTuneError("data", {
			what: trainMessage(parts.heldOut.inPairs ? "heldOutPairs" : "heldOutKind"),
			where: trainMessage("heldOutRows"),
			next: trainMessage("heldOutPairs.next"),
		});
	}
}

export async function objectiveOf(runtime: ModelRuntime, parts: ObjectiveParts): Promise<Objective> {
	if (parts.train.kind === "rows") return TokenLoss.create(runtime, parts);
	const { PreferenceLoss } = await import("./preference.ts");
	return PreferenceLoss.create(runtime, parts);
}

/** @throws TabTuneError "usage" for a setting of another loss, which would have no effect */
function requireUsed(settings: RunSettings, rows: LossRows): void {
	const unused = unusedByLoss(settings.loss_type, rows).find((name) => settings[name] !== DEFAULT_SETTINGS[name]);
	if (unused === undefined) return;
	throw new TabTuneError("usage", {
		what: trainMessage("unusedByLoss", {
			name: unused,
			value: String(settings[unused]),
			loss: lossesOf(settings.loss_type, rows).join("+"),
		}),
		where: trainMessage("theSettings"),
		next: trainMessage("unusedByLoss.next", { name: unused }),
	});
}
