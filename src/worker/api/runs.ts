// Runs and races, and those that are kept (run-manager.ts does the work).
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
import type { EngineState } from "../engine-state.ts";

export function runCalls(state: EngineState) {
	return {
		train(request: RunRequest, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
			return state.training.start(request, onEvents);
		},

		resumeRun(id: string, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
			return state.training.goOn(id, onEvents);
		},

		async pause(): Promise<void> {
			state.training.control?.pause();
		},

		async resume(): Promise<void> {
			state.training.control?.resume();
		},

		async stop(): Promise<void> {
			state.training.control?.stop();
		},

		race(request: RaceRequest, onEvents: (events: RaceEvent[]) => void): Promise<RaceResult> {
			return state.training.race(request, onEvents);
		},

		async raceTable(table: RaceTable, format: TableFormat): Promise<string> {
			const { raceText } = await import("../../engine/train/race-table.ts");
			return raceText(table, format);
		},

		runs(): Promise<RunRecord[]> {
			return state.training.all();
		},

		updateRun(id: string, patch: RunPatch): Promise<RunRecord> {
			return state.training.update(id, patch);
		},

		deleteRun(id: string): Promise<void> {
			return state.training.remove(id);
		},

		openRun(id: string): Promise<AdapterInfo> {
			return state.training.open(id);
		},

		storage(): Promise<StorageUse> {
			return state.training.storage();
		},
	} satisfies Partial<EngineApi>;
}
