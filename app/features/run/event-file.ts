// Downloads a run as a TensorBoard event file. Loaded with the contents of a run.
import type { RunRecord } from "../../../src/engine/api.ts";
import { evaluationScalars, scalarRecords, stepScalars, versionRecord } from "../../../src/shared/tensorboard.ts";
import { save } from "../export/actions.ts";

/** Steps and evaluations in order of their steps. The time of an evaluation is that of the step before it. */
function eventFile({ created, steps, evals }: Pick<RunRecord, "created" | "steps" | "evals">): Blob {
	const began = created / 1000;
	const timeOf = (step: number) => began + (steps.findLast((one) => one.step <= step)?.elapsed ?? 0);
	const events = [
		...steps.map((one) => ({ step: one.step, scalars: stepScalars(one) })),
		...evals.map((one) => ({ step: one.step, scalars: evaluationScalars(one) })),
	].sort((a, b) => a.step - b.step);
	const records = events.flatMap((event) => scalarRecords({ ...event, wall_time: timeOf(event.step) }));
	return new Blob([versionRecord(began), ...records]);
}

export function downloadEventFile(run: RunRecord): void {
	save(eventFile(run), `events.out.tfevents.${Math.floor(run.created / 1000)}.tabtune`);
}
