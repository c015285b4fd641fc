// Trains several ranks at once and fills their plots and table. The run of the highest rank is also shown in the Workspace,
// where it can be paused and stopped.

import type { RaceEvent, TableFormat } from "../../../src/engine/api.ts";
import { plannedSteps } from "../../../src/shared/settings.ts";
import { toErrorInfo } from "../../engine.ts";
import { useData } from "../data/store.ts";
import { save } from "../export/actions.ts";
import { readSeeds } from "../methods/store.ts";
import { setAdapter, useEngine } from "../model/store.ts";
import { setLostWork, startBlocker } from "../run/actions.ts";
import { refreshRuns } from "../run/run-list.ts";
import { beginRun, useRun } from "../run/store.ts";
import { useSettings } from "../settings/store.ts";
import { afterRaceEvents, beginRace, keepRace, readRanks, restoreRace, useRace } from "./race-store.ts";

/** Shows the results of an earlier visit. */
export function openRace(): void {
	const { table, running } = useRace.getState();
	if (table === null && running === null) restoreRace();
}

/** @param lost the step after which the GPU was lost, for a race that starts again: its slots have no checkpoints */
export async function startRace(lost: number | null = null): Promise<void> {
	const { api } = useEngine.getState();
	const { source, info, heldOut } = useData.getState();
	const race = useRace.getState();
	const [ranks, seeds] = [readRanks(race.ranks), readSeeds(race.seeds)];
	if (startBlocker() !== null || api === null || source === null || info === null) return;
	if (ranks === null || seeds === null) return;
	const { settings } = useSettings.getState();
	const total = plannedSteps(settings, info.stepsPerEpoch);
	beginRace(ranks, seeds, total);
	const shownSettings = (seed: number) => ({ ...settings, r: ranks[ranks.length - 1], seed });
	const continued = lost === null ? null : { lost, from: 0 };
	let takeRun = beginRun(shownSettings(seeds[0]), source.name, total, { continued });
	let shown = ranks.length - 1;
	const take = (events: RaceEvent[]) => {
		useRace.setState((state) => afterRaceEvents(state, events));
		for (const event of events) {
			if (event.type === "heat") {
				if (event.heat > 0) takeRun = beginRun(shownSettings(event.seed), source.name, event.totalSteps);
				shown = event.first + event.slots - 1;
			} else if (event.type === "table") keepRace();
		}
		takeRun(
			events.flatMap((event) =>
				event.type === "state" ? event : event.type === "slot" && event.slot === shown ? event.event : [],
			),
		);
	};
	try {
		const samplePrompt = info.samplePrompt === "" ? null : info.samplePrompt;
		const { table, summary } = await api.race({ settings, ranks, seeds, data: source, heldOut, samplePrompt }, take);
		useRace.setState({ table });
		keepRace();
		useRun.setState({ state: summary.state, summary, stopping: false });
		setAdapter(await api.adapter());
	} catch (thrown) {
		const error = toErrorInfo(thrown);
		useRace.setState({ error });
		if (error.code === "device-lost") setLostWork(startRace);
		useRun.setState({ state: "failed", stopping: false, error });
	} finally {
		useRace.setState({ running: null, stopping: false });
		void refreshRuns();
	}
}

/** Ends the race after the current step; the adapters trained so far are kept. */
export async function stopRace(): Promise<void> {
	useRace.setState({ stopping: true });
	try {
		await useEngine.getState().api?.stop();
	} catch (error) {
		useRace.setState({ stopping: false, error: toErrorInfo(error) });
	}
}

const FILES: Record<TableFormat, [name: string, type: string]> = {
	json: ["race.json", "application/json"],
	csv: ["race.csv", "text/csv"],
	markdown: ["race.md", "text/markdown"],
};

export async function downloadRace(format: TableFormat): Promise<void> {
	const { api } = useEngine.getState();
	const { table } = useRace.getState();
	if (api === null || table === null) return;
	try {
		const [name, type] = FILES[format];
		save(new Blob([await api.raceTable(table, format)], { type }), name);
	} catch (error) {
		useRace.setState({ error: toErrorInfo(error) });
	}
}
