// Functions of run records: create one, add events, rewind it to its checkpoint, and list its events for a page that
// resumes it.

import type { DataInfo, KeptAdapter, KeptStep, RunEvent, RunRecord, RunRequest, RunSummary } from "../engine/api.ts";
import { methodsOf } from "../shared/setting-values.ts";

/** Data larger than this is not copied; its run can be opened but not resumed. */
const MOST_DATA_BYTES = 64 * 2 ** 20;

/** A record for a run that is about to start. */
export function newRecord(
	{ settings, data: { blob, ...data }, heldOut, samplePrompt, sampleEvery, continueAdapter }: RunRequest,
	model: RunRecord["model"],
	{ rows, heldOutRows }: Pick<DataInfo, "rows" | "heldOutRows">,
	totalSteps: number,
): RunRecord {
	const created = Date.now();
	return {
		id: newId(created),
		created,
		state: "running",
		model: { name: model.name, parameters: model.parameters, dtype: model.dtype }, // not the whole loaded model
		data: { ...data, rows, heldOutRows },
		heldOut: typeof heldOut === "number" ? heldOut : 0,
		settings,
		samplePrompt,
		sampleEvery,
		totalSteps,
		steps: [],
		evals: [],
		samples: [],
		summary: null,
		error: null,
		checkpoint: null,
		...(continueAdapter ? { continued: true } : {}),
		resumable: typeof heldOut === "number" && blob.size <= MOST_DATA_BYTES,
		name: `${data.name} ${methodsOf(settings).includes("lora") ? `r${settings.r}` : settings.method}`,
		tags: [],
		note: "",
		deleted: false,
	};
}

/** A record for an adapter that was not trained on this device. */
export function adapterRecord(
	name: string,
	settings: RunRecord["settings"],
	model: RunRecord["model"],
	kept: KeptAdapter,
): RunRecord {
	const created = Date.now();
	return {
		id: newId(created),
		created,
		state: "finished",
		model: { name: model.name, parameters: model.parameters },
		data: { name: "", format: "jsonl", rows: 0, heldOutRows: 0 },
		heldOut: 0,
		settings,
		samplePrompt: null,
		sampleEvery: 0,
		totalSteps: 0,
		steps: [],
		evals: [],
		samples: [],
		summary: null,
		error: null,
		checkpoint: 0,
		kept,
		resumable: false,
		name,
		tags: [],
		note: "",
		deleted: false,
	};
}

const newId = (created: number): string =>
	`${new Date(created).toISOString().replace(/\W/g, "")}-${crypto.randomUUID().slice(0, 4)}`;

/** Adds an event to a record. A resumed run repeats no event, because steps after its checkpoint were removed before. */
export function noteEvent(record: RunRecord, event: RunEvent): void {
	switch (event.type) {
		case "step": {
			const { type: _, ...step } = event;
			record.steps.push(step);
			break;
		}
		case "eval":
			record.evals.push({
				step: event.step,
				eval_loss: event.eval_loss,
				...(event.eval_score !== undefined && { eval_score: event.eval_score }),
			});
			break;
		case "sample":
			record.samples.push({ step: event.step, prompt: event.prompt, text: event.text });
			break;
	}
}

/** A record as it was at its checkpoint, or without one before its first evaluation, ready to resume. */
export function rewound(record: RunRecord): RunRecord {
	const step = record.checkpoint ?? -1;
	const upTo = <T extends { step: number }>(list: readonly T[]): T[] => list.filter((entry) => entry.step <= step);
	return {
		...record,
		state: "running",
		steps: upTo<KeptStep>(record.steps),
		evals: upTo(record.evals),
		samples: upTo(record.samples),
		summary: null,
		error: null,
	};
}

/** The events from which a page rebuilds the state of a record. */
export function eventsOf(record: RunRecord): RunEvent[] {
	return [
		...record.steps.map((step) => ({ type: "step" as const, ...step })),
		...record.evals.map((evaluation) => ({ type: "eval" as const, eval_tokens: 0, ...evaluation })),
		...record.samples.map((sample) => ({ type: "sample" as const, ...sample })),
	];
}

/** The summary of a run that may have been resumed: with its first evaluation, and its last loss if no step was left. */
export function withHistory(summary: RunSummary, { steps, evals }: Pick<RunRecord, "steps" | "evals">): RunSummary {
	const lastLoss = Number.isNaN(summary.lastLoss) ? (steps.at(-1)?.loss ?? summary.lastLoss) : summary.lastLoss;
	return { ...summary, firstEvalLoss: evals[0]?.eval_loss ?? summary.firstEvalLoss, lastLoss };
}
