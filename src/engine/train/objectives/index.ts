// Chooses the objective of a run by its rows: tokens, or pairs of answers. To add one, add a class next to TokenLoss and a branch
// to `objectiveOf`.
import { TabTuneError } from "../../../shared/errors.ts";
import { trainMessage } from "../../../shared/messages/index.ts";
import type { Objective, ObjectiveParts } from "../objective.ts";
import type { ModelRuntime } from "../runtime.ts";
import { TokenLoss } from "./token-loss.ts";

/** Chooses the objective, before any allocation. @throws TabTuneError "data" or "usage" if rows and settings do not match */
export async function requireObjective(parts: Pick<ObjectiveParts, "train" | "heldOut" | "settings">): Promise<void> {
	if (parts.train.inPairs) (await import("./preference.ts")).requirePairs(parts);
	else if (parts.heldOut?.inPairs) {
		throw new TabTuneError("data", {
			what: trainMessage("heldOutPairs"),
			where: trainMessage("heldOutRows"),
			next: trainMessage("heldOutPairs.next"),
		});
	}
}

export async function objectiveOf(runtime: ModelRuntime, parts: ObjectiveParts): Promise<Objective> {
	if (!parts.train.inPairs) return TokenLoss.create(runtime, parts);
	const { PairLoss } = await import("./preference.ts");
	return PairLoss.create(runtime, parts);
}
