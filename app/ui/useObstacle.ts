// Why Start is off, kept up to date: renders again whenever something that `startObstacle` looks at has moved.

import { type Obstacle, startObstacle } from "../actions/run.ts";
import { useData } from "../stores/data.ts";
import { useEngine } from "../stores/engine.ts";
import { useRun } from "../stores/run.ts";
import { hasProblems, useSettings } from "../stores/settings.ts";

export function useObstacle(): Obstacle | null {
	useRun((s) => s.state);
	useEngine((s) => s.phase);
	useData((s) => s.status);
	useSettings(hasProblems);
	useSettings((s) => s.cost?.fits);
	useSettings((s) => s.costError?.code);
	return startObstacle();
}
