// State of answer scoring: rule, progress, report.
import { create } from "zustand";
import type { DataSource, ErrorInfo, ScoreReport, ScoreRequest } from "../../../src/engine/api.ts";

export const METRICS = ["regex", "exact-match", "json", "choice"] as const satisfies readonly ScoreRequest["metric"][];

export interface ScoreState {
	metric: (typeof METRICS)[number];
	/** As typed; null uses the gallery set's pattern. */
	pattern: string | null;
	choices: DataSource | null;
	max_new_tokens: number;
	running: { done: number; total: number } | null;
	stopping: boolean;
	report: { report: ScoreReport; metric: ScoreRequest["metric"]; data: string } | null;
	error: ErrorInfo | null;
}

export const useScore = create<ScoreState>()(() => ({
	metric: "regex",
	pattern: null,
	choices: null,
	max_new_tokens: 48,
	running: null,
	stopping: false,
	report: null,
	error: null,
}));

/** Number of rows that only one side answers correctly. */
export function onlyRight({ answers, choices }: ScoreReport): { base: number; tuned: number } {
	const pairs = [
		...answers.map(({ base, tuned }) => [base.right, tuned?.right] as const),
		...choices.map(({ base, tuned, right }) => [base.chosen === right, tuned && tuned.chosen === right] as const),
	];
	return {
		base: pairs.filter(([base, tuned]) => base && tuned === false).length,
		tuned: pairs.filter(([base, tuned]) => !base && tuned === true).length,
	};
}
