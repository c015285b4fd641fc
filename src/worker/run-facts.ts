// The facts about a finished run, for its adapter's model card.
import type { DataInfo, RunRecord, RunSettings, RunSummary, TrainingFacts } from "../engine/api.ts";

export function runFacts(
	base: TrainingFacts["base"],
	data: { readonly name: string } & Pick<DataInfo, "rows" | "heldOutRows">,
	settings: RunSettings,
	summary: RunSummary,
): TrainingFacts {
	const { steps, lastLoss, firstEvalLoss, lastEvalLoss, metrics } = summary;
	const { name, rows, heldOutRows } = data;
	const facts = { base, data: { name, rows, heldOutRows }, settings, steps, lastLoss, firstEvalLoss, lastEvalLoss };
	return { ...facts, ...(metrics && { metrics }) };
}

/** The facts about a stored run; undefined if it has no summary. */
export function recordFacts(
	base: TrainingFacts["base"],
	{ data, settings, summary }: RunRecord,
): TrainingFacts | undefined {
	return summary === null ? undefined : runFacts(base, data, settings, summary);
}
