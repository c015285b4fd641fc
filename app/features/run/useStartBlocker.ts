// Returns the reason why Start is disabled, and re-renders when it changes.

import { useData } from "../data/store.ts";
import { useEngine } from "../model/store.ts";
import { hasProblems, useSettings } from "../settings/store.ts";
import { type StartBlocker, startBlocker } from "./actions.ts";
import { useRun } from "./store.ts";

export function useStartBlocker(): StartBlocker | null {
	useRun((s) => s.state);
	useEngine((s) => s.phase);
	useData((s) => s.status);
	useSettings(hasProblems);
	useSettings((s) => s.cost?.fits);
	useSettings((s) => s.costError?.code);
	return startBlocker();
}
