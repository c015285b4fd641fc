// Why Start is off, kept up to date: renders again whenever something that `startObstacle` looks at has moved.

import { useData } from "../data/store.ts";
import { useEngine } from "../model/store.ts";
import { hasProblems, useSettings } from "../settings/store.ts";
import { type Obstacle, startObstacle } from "./actions.ts";
import { useRun } from "./store.ts";

export function useObstacle(): Obstacle | null {
	useRun((s) => s.state);
	useEngine((s) => s.phase);
	useData((s) => s.status);
	useSettings(hasProblems);
	useSettings((s) => s.cost?.fits);
	useSettings((s) => s.costError?.code);
	return startObstacle();
}
