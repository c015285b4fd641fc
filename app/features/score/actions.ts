// Scores the answers of base and tuned model on the held-out rows.
import { toErrorInfo } from "../../engine.ts";
import { useData } from "../data/store.ts";
import { adapterName, save } from "../export/actions.ts";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { useSettings } from "../settings/store.ts";
import { useScore } from "./store.ts";

/** The pattern in use: the typed one, or the gallery set's. */
export function patternInUse(): string {
	const { pattern } = useScore.getState();
	if (pattern !== null) return pattern;
	const { origin, gallery } = useData.getState();
	const set = origin?.kind === "gallery" ? gallery.find(({ id }) => id === origin.id) : undefined;
	return set?.check?.pattern ?? "";
}

export async function judge(): Promise<void> {
	const { api } = useEngine.getState();
	const { source, heldOut } = useData.getState();
	const { metric, choices, max_new_tokens, running } = useScore.getState();
	if (api === null || source === null || running !== null || isBusy(useRun.getState().state)) return;
	useScore.setState({ running: { done: 0, total: 0 }, stopping: false, report: null, error: null });
	const { settings } = useSettings.getState();
	const request = { data: source, heldOut, settings, metric, pattern: patternInUse(), choices, max_new_tokens };
	try {
		const report = await api.scoreAnswers(request, (done, total) => {
			useScore.setState({ running: { done, total } });
			return !useScore.getState().stopping;
		});
		const data = metric === "choice" ? (choices?.name ?? "") : source.name;
		useScore.setState({ report: { report, metric, data } });
	} catch (error) {
		useScore.setState({ error: toErrorInfo(error) });
	} finally {
		useScore.setState({ running: null, stopping: false });
	}
}

export function addChoices(file: File): void {
	const format = file.name.toLowerCase().endsWith(".json") ? "json" : "jsonl";
	useScore.setState({ choices: { name: file.name, format, blob: file } });
}

export function downloadReport(): void {
	const { report } = useScore.getState();
	if (report === null) return;
	const { totals, answers, choices, skipped } = report.report;
	const details = report.metric === "choice" ? choices : answers;
	const text = JSON.stringify({ metric: report.metric, data: report.data, ...totals, skipped, details }, null, 2);
	save(new Blob([text], { type: "application/json" }), `${adapterName()}-answers.json`);
}
