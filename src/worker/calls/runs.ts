// Runs and races, and those that are kept (runs.ts does the work).
import type {
	AdapterInfo,
	EngineApi,
	RaceEvent,
	RaceRequest,
	RaceResult,
	RaceTable,
	RunEvent,
	RunPatch,
	RunRecord,
	RunRequest,
	RunSummary,
	StorageUse,
	TableFormat,
} from "../../engine/api.ts";
import type { Desk } from "../desk.ts";

export function runCalls(desk: Desk) {
	return {
		train(request: RunRequest, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
			return desk.training.start(request, onEvents);
		},

		resumeRun(id: string, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
			return desk.training.goOn(id, onEvents);
		},

		async pause(): Promise<void> {
			desk.training.control?.pause();
		},

		async resume(): Promise<void> {
			desk.training.control?.resume();
		},

		async stop(): Promise<void> {
			desk.training.control?.stop();
		},

		race(request: RaceRequest, onEvents: (events: RaceEvent[]) => void): Promise<RaceResult> {
			return desk.training.race(request, onEvents);
		},

		async raceTable(table: RaceTable, format: TableFormat): Promise<string> {
			const { raceText } = await import("../../engine/train/race-table.ts");
			return raceText(table, format);
		},

		runs(): Promise<RunRecord[]> {
			return desk.training.all();
		},

		updateRun(id: string, patch: RunPatch): Promise<RunRecord> {
			return desk.training.update(id, patch);
		},

		deleteRun(id: string): Promise<void> {
			return desk.training.remove(id);
		},

		openRun(id: string): Promise<AdapterInfo> {
			return desk.training.open(id);
		},

		storage(): Promise<StorageUse> {
			return desk.training.storage();
		},
	} satisfies Partial<EngineApi>;
}
