// Reads the runs kept on this device, and offers to resume one that was interrupted.
import type { EngineApi, RunRecord } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { useEngine } from "../model/store.ts";
import { canResume, useRuns } from "./runs-store.ts";

/** Shows an error above the table. */
export async function withApi(work: (api: EngineApi) => Promise<void>): Promise<void> {
	const { api } = useEngine.getState();
	if (api === null) return;
	try {
		await work(api);
	} catch (error) {
		useRuns.setState({ error: toErrorInfo(error) });
	}
}

/** Reads the table again; on arrival also offers the newest interrupted run. */
export async function refreshRuns(offer = false): Promise<void> {
	await withApi(async (api) => {
		const { available, usedBytes, quotaBytes } = await api.storage();
		useRuns.setState({ available, usedBytes, freeBytes: available ? quotaBytes - usedBytes : null });
		if (!available) return;
		const records = await api.runs();
		const [newest] = records.filter(({ deleted }) => !deleted);
		useRuns.setState({ records });
		if (offer && newest !== undefined && cutOff(newest) && canResume(newest)) useRuns.setState({ offered: newest });
		// Runs deleted on an earlier visit and not restored are removed now.
		if (offer) await Promise.all(records.filter(({ deleted }) => deleted).map(({ id }) => api.deleteRun(id)));
	});
}

/** Notes whose adapter is in memory. */
export function markInMemory(run: RunRecord): void {
	const { adapter } = useEngine.getState();
	if (adapter !== null) useRuns.setState({ inMemory: { run, adapter } });
}

/** The run whose adapter is in memory; null for an adapter that was imported, blended or cut. */
export function runInMemory(): RunRecord | null {
	const { inMemory, records } = useRuns.getState();
	if (inMemory === null || inMemory.adapter !== useEngine.getState().adapter) return null;
	return records.find(({ id }) => id === inMemory.run.id) ?? inMemory.run;
}

/** `runInMemory`, kept up to date. */
export function useRunInMemory(): RunRecord | null {
	useEngine((s) => s.adapter);
	return useRuns(runInMemory);
}

const cutOff = ({ state }: RunRecord): boolean => state === "interrupted" || state === "failed";
