// Trains the selected methods one after another and fills the table. Each is a normal run: it is shown in the Workspace,
// kept, and can be paused and stopped.

import type { EngineApi, MethodInfo, MethodRow, MethodRun, RunSettings, TableFormat } from "../../../src/engine/api.ts";
import { deviceName } from "../../../src/shared/device-name.ts";
import { plannedSteps } from "../../../src/shared/settings.ts";
import { toErrorInfo } from "../../engine.ts";
import { useData } from "../data/store.ts";
import { save } from "../export/actions.ts";
import { setAdapter, useEngine } from "../model/store.ts";
import { setLostWork, startBlocker } from "../run/actions.ts";
import { refreshRuns } from "../run/run-list.ts";
import { beginRun, type RunView, useRun } from "../run/store.ts";
import { useSettings } from "../settings/store.ts";
import { keepMethods, type Pending, readSeeds, restoreMethods, runsOf, useMethods, withRow } from "./store.ts";

/** Reads the methods the engine offers and the results of an earlier visit. */
export async function openMethods(): Promise<void> {
	const { api } = useEngine.getState();
	if (useMethods.getState().table === null) restoreMethods();
	if (api === null) return;
	try {
		useMethods.setState({ known: await api.methods() });
	} catch (error) {
		useMethods.setState({ error: toErrorInfo(error) });
	}
}

/** Starts a new table with the selected methods on the current data and settings. */
export async function compareMethods(): Promise<void> {
	const { model, device } = useEngine.getState();
	const { source, info } = useData.getState();
	const { chosen, seeds, known } = useMethods.getState();
	const seedList = readSeeds(seeds);
	if (startBlocker() !== null || source === null || info === null || model === null || seedList === null) return;
	const order = known.map(({ name }) => name).filter((name) => chosen.includes(name));
	useMethods.setState({
		table: {
			model: model.name,
			device: device === null ? "" : deviceName(device),
			data: { train: source.name, eval: null, rows: info.rows },
			settings: useSettings.getState().settings,
			rows: [],
		},
		queue: runsOf(order, seedList),
		error: null,
	});
	await resumeComparing();
}

/**
 * Trains the runs that are missing from the table.
 * @param lost the step of the first of them after which the GPU was lost
 */
export async function resumeComparing(lost: number | null = null): Promise<void> {
	const { api } = useEngine.getState();
	if (api === null || startBlocker() !== null) return;
	useMethods.setState({ stopping: false, error: null });
	let continued = lost === null ? null : { lost, from: 0 };
	try {
		for (;;) {
			const { queue, table, known, stopping } = useMethods.getState();
			const [next] = queue;
			if (next === undefined || table === null || stopping) break;
			const method = known.find(({ name }) => name === next.method);
			const rest = queue.slice(1);
			if (method === undefined) useMethods.setState({ queue: rest });
			else if (await trainNext(api, method, next, table.settings, continued)) useMethods.setState({ queue: rest });
			else break;
			continued = null;
			keepMethods();
		}
	} finally {
		useMethods.setState({ running: null, stopping: false });
		keepMethods();
		void refreshRuns();
	}
}

/** Ends the comparison and discards the current run, since its row would be incomplete. */
export async function stopComparing(): Promise<void> {
	useMethods.setState({ stopping: true });
	await useEngine.getState().api?.stop();
}

/** Trains one run and adds it to the table. @returns true when it is done, with or without success; false to try it again */
async function trainNext(
	api: EngineApi,
	method: MethodInfo,
	{ seed }: Pending,
	shared: RunSettings,
	continued: RunView["continued"],
): Promise<boolean> {
	const { source, info, heldOut } = useData.getState();
	if (source === null || info === null) return false;
	const settings: RunSettings = {
		...shared,
		...method.settings,
		learning_rate: shared.learning_rate * method.learningRateScale,
		seed,
	};
	const total = plannedSteps(settings, info.stepsPerEpoch);
	const fresh: MethodRow = {
		method: method.name,
		learning_rate: settings.learning_rate,
		cost: null,
		runs: [],
		speed: null,
		error: null,
	};
	const change = (by: (row: MethodRow) => MethodRow) =>
		useMethods.setState(({ table }) => ({ table: table && withRow(table, method.name, fresh, by) }));
	useMethods.setState({ running: { method: method.name, seed, step: 0, totalSteps: total } });
	const applyEvents = beginRun(settings, source.name, total, { continued });
	try {
		const cost = await api.methodCost(settings, source);
		change((row) => ({ ...row, cost }));
		const summary = await api.train(
			{
				settings,
				data: source,
				heldOut,
				samplePrompt: info.samplePrompt === "" ? null : info.samplePrompt,
				sampleEvery: total,
				continueAdapter: false,
				keep: true,
			},
			(events) => {
				applyEvents(events);
				useMethods.setState(({ running }) => ({ running: running && { ...running, step: useRun.getState().step } }));
			},
		);
		useRun.setState({ state: summary.state, summary, stopping: false });
		setAdapter(await api.adapter());
		if (summary.state === "stopped") return false;
		const { table } = useMethods.getState();
		const timed = table?.rows.find((row) => row.method === method.name)?.speed ?? null;
		const speed = timed ?? (await api.measureAdapter());
		const sample = useRun.getState().samples.at(-1) ?? null;
		const id = await newestRun(api);
		if (id !== null) await api.updateRun(id, { name: `${source.name} ${method.name} seed ${seed}` });
		const run: MethodRun = {
			seed,
			firstEvalLoss: summary.firstEvalLoss,
			evalLoss: summary.lastEvalLoss,
			loss: summary.lastLoss,
			steps: summary.steps,
			elapsed: summary.elapsed,
			stepMilliseconds: summary.stepMilliseconds,
			tokensPerSecond: summary.tokensPerSecond,
			peakBytes: summary.peakBytes,
			sample: sample === null ? null : { prompt: sample.prompt, text: sample.text },
			id,
		};
		change((row) => ({ ...row, speed, runs: [...row.runs, run] }));
		return true;
	} catch (thrown) {
		const error = toErrorInfo(thrown);
		if (error.code === "device-lost") setLostWork(resumeComparing);
		useRun.setState({ state: "failed", stopping: false, error });
		// The GPU or the worker is lost: finished rows stay, and this run is repeated after a restart.
		if (error.code === "device-lost" || error.code === "crashed" || error.code === "busy") {
			useMethods.setState({ error });
			return false;
		}
		change((row) => ({ ...row, error }));
		// Its other seeds would fail too; the caller removes the head of the queue.
		useMethods.setState(({ queue: [head, ...rest] }) => ({
			queue: [head, ...rest.filter((pending) => pending.method !== method.name)],
		}));
		return true;
	}
}

/** Id of the run that just ended; null if runs are not kept. */
async function newestRun(api: EngineApi): Promise<string | null> {
	const { available } = await api.storage();
	return available ? ((await api.runs())[0]?.id ?? null) : null;
}

const FILES: Record<TableFormat, [name: string, type: string]> = {
	json: ["methods.json", "application/json"],
	csv: ["methods.csv", "text/csv"],
	markdown: ["methods.md", "text/markdown"],
};

export async function downloadMethods(format: TableFormat): Promise<void> {
	const { api } = useEngine.getState();
	const { table } = useMethods.getState();
	if (api === null || table === null) return;
	try {
		const [name, type] = FILES[format];
		save(new Blob([await api.methodsTable(table, format)], { type }), name);
	} catch (error) {
		useMethods.setState({ error: toErrorInfo(error) });
	}
}
