// Calls that start, resume, pause and stop runs and races, and calls about the stored runs.
import type {
	AdapterInfo,
	DataSource,
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
	TrainingFacts,
} from "../../engine/api.ts";
import type { RunControl } from "../../engine/train/run.ts";
import type { ScoredQuestions } from "../../engine/train/score.ts";
import type { PreparedRun, ResumePoint } from "../../engine/train/session.ts";
import { resolveSettings } from "../../engine/train/settings.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { workerMessage } from "../../shared/messages/index.ts";
import { pissaNiter } from "../../shared/setting-values.ts";
import type { EngineState } from "../engine-state.ts";
import { errorInfo } from "../error-info.ts";
import { baseFacts } from "../open-model.ts";
import { runFacts } from "../run-facts.ts";
import { eventsOf, newRecord, rewound, withHistory } from "../run-record.ts";
import type * as RunScore from "../run-score.ts";
import type { StoredRun } from "../stored-run.ts";

/** As questionsOf of run-score.ts, which is loaded if the settings may ask for a score. */
async function questionsOf(...given: Parameters<typeof RunScore.questionsOf>): Promise<ScoredQuestions | null> {
	const { score_metric, metric_for_best_model } = given[4];
	if (score_metric === "none" && metric_for_best_model?.endsWith("score") !== true) return null;
	return (await import("../run-score.ts")).questionsOf(...given);
}

/** Loaded with the first run. */
const sessions = () => import("../../engine/train/session.ts");

export function runCalls(state: EngineState) {
	return {
		train(request: RunRequest, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
			return state.activeRun.exclusive(onEvents, async (control, emit: (event: RunEvent) => void) => {
				emit({ type: "state", state: "preparing" });
				const { activeAdapter } = state.open();
				const from = request.continueAdapter && activeAdapter.layout !== null ? await activeAdapter.now() : null;
				if (from === null) await state.restoreBase();
				const open = state.open();
				const { runtime, textProcessor } = open;
				const { model } = runtime;
				const { settingsFixedBy } = await import("../../engine/adapters/adapter-files.ts");
				const fixed = from === null ? {} : settingsFixedBy(from);
				const settings = resolveSettings({ ...request.settings, ...fixed }, workerMessage("theSettings"));
				const scored = await questionsOf(open, state.data, request.data, request.heldOut, settings);
				const data = await state.data.get(model, textProcessor, request.data, request.heldOut, settings);
				const { prepareRun } = await sessions();
				const run = await prepareRun(model, {
					settings,
					from,
					rows: async () => data,
					warn: (message) => emit({ type: "warning", message }),
				});
				const store = async (totalSteps: number) => {
					if (request.keep !== true) return null;
					// An adapter that this run continues was not initialised by it; only a fresh one is created again to resume.
					const { init_lora_weights } = run.adapter.layout.settings;
					const record = { ...request, settings: { ...settings, init_lora_weights } };
					return (await state.runStore()).run(newRecord(record, model, data.info, totalSteps), request.data);
				};
				const job = { ...request, run, scored, data: { ...data.info, name: request.data.name }, resume: null, store };
				return trainSession(state, job, control, emit);
			});
		},

		resumeRun(id: string, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
			return state.activeRun.exclusive(onEvents, async (control, emit: (event: RunEvent) => void) => {
				const base = state.open().runtime.model;
				emit({ type: "state", state: "preparing" });
				const store = await state.runStore();
				const kept = await store.record(id);
				const { dtype = base.dtype } = kept.model;
				if (dtype !== base.dtype) {
					throw new TabTuneError("adapter", {
						what: workerMessage("baseDtype", { before: dtype, now: base.dtype }),
						where: kept.name,
						next: workerMessage("baseDtype.next"),
					});
				}
				const stored = await store.stored(base, kept);
				await state.switchTo(stored.model);
				const open = state.open();
				const { runtime, textProcessor } = open;
				const { model } = runtime;
				for (const message of stored.warnings) emit({ type: "warning", message });
				const record = rewound({ ...kept, checkpoint: stored.saved?.state.step ?? null });
				const { settings, samplePrompt, sampleEvery, name } = record;
				const scored = await questionsOf(open, state.data, stored.data, record.heldOut, settings);
				const data = await state.data.get(model, textProcessor, stored.data, record.heldOut, settings);
				const { prepareRun } = await sessions();
				const run = await prepareRun(model, {
					settings,
					// The stored files combine PiSSA's frozen initial factors with the trained ones; the trainable form is created again.
					from: pissaNiter(settings.init_lora_weights) === undefined ? stored.adapter : null,
					rows: async () => data,
					warn: () => undefined,
				});
				for (const event of eventsOf(record)) emit(event);
				const job = {
					run,
					scored,
					data: { ...data.info, name: record.data.name },
					resume: stored.saved && { saved: stored.saved, best: stored.best, where: name, anyRows: true },
					samplePrompt,
					sampleEvery,
					store: async () => store.run(record, stored.data),
				};
				return trainSession(state, job, control, emit);
			});
		},

		async pause(): Promise<void> {
			state.activeRun.control?.pause();
		},

		async resume(): Promise<void> {
			state.activeRun.control?.resume();
		},

		async stop(): Promise<void> {
			state.activeRun.control?.stop();
		},

		race(request: RaceRequest, onEvents: (events: RaceEvent[]) => void): Promise<RaceResult> {
			return state.activeRun.exclusive(onEvents, async (control, emit: (event: RaceEvent) => void) => {
				const { race } = await import("../race.ts");
				return race(state, request, control, emit);
			});
		},

		async raceTable(table: RaceTable, format: TableFormat): Promise<string> {
			const { raceText } = await import("../../engine/train/race-table.ts");
			return raceText(table, format);
		},

		async runs(): Promise<RunRecord[]> {
			return (await state.runStore()).all(state.activeRun.storedIds);
		},

		async updateRun(id: string, patch: RunPatch): Promise<RunRecord> {
			return (await state.runStore()).update(id, patch);
		},

		async deleteRun(id: string): Promise<void> {
			if (state.activeRun.storedIds.has(id)) state.activeRun.refuse(workerMessage("waiting.delete"));
			await (await state.runStore()).remove(id);
		},

		async openRun(id: string): Promise<AdapterInfo> {
			state.activeRun.refuse(workerMessage("waiting.adapter"));
			return state.takeAdapter(await state.storedAdapter(id));
		},

		async runData(id: string): Promise<DataSource> {
			const store = await state.runStore();
			return store.data(await store.record(id));
		},

		async storage(): Promise<StorageUse> {
			try {
				await state.runStore();
				const { usage = 0, quota = 0 } = await navigator.storage.estimate();
				return { available: true, usedBytes: usage, quotaBytes: quota };
			} catch {
				return { available: false, usedBytes: 0, quotaBytes: 0 };
			}
		},
	} satisfies Partial<EngineApi>;
}

interface SessionJob {
	readonly run: PreparedRun;
	/** What the run scores at its evaluations; null for nothing. */
	readonly scored: ScoredQuestions | null;
	readonly data: TrainingFacts["data"];
	readonly resume: ResumePoint | null;
	readonly samplePrompt: string | null;
	readonly sampleEvery: number;
	/** The run to store; null if it is not stored. */
	store(totalSteps: number): Promise<StoredRun | null>;
}

/** Trains with the session's adapter as the active one, and stores the run if possible. */
async function trainSession(
	state: EngineState,
	{ run, scored, data, resume, samplePrompt, sampleEvery, store }: SessionJob,
	control: RunControl,
	emit: (event: RunEvent) => void,
): Promise<RunSummary> {
	const open = state.open();
	const { runtime, textProcessor, answers, activeAdapter } = open;
	await activeAdapter.take({ ...run.adapter, params: resume?.saved.state.params ?? run.adapter.params });
	const { TrainingSession } = await sessions();
	const session = await TrainingSession.create(runtime, run, resume);
	let stored: StoredRun | null = null;
	/** The weights of the last step, if the best ones have replaced them. */
	let last: Float32Array | null = null;
	activeAdapter.beginTraining();
	const send = (event: RunEvent) => {
		stored?.note(event);
		emit(event);
	};
	try {
		stored = await store(session.totalSteps).catch((error: unknown) => {
			emit({ type: "storage", problem: errorInfo(error).what });
			return null;
		});
		/** Reports whether the run is stored, when that changes. */
		const report = (changed: boolean | undefined) => {
			if (changed === true) emit({ type: "storage", problem: stored?.problem ?? null });
		};
		if (stored !== null) state.activeRun.storedIds.add(stored.record.id);
		report(await stored?.begin());
		const trained = await session.train(control, {
			emit: send,
			saveDue: () => stored?.due === true,
			async save() {
				if (stored === null) return;
				const { id } = stored.record;
				const checkpoint = await session.checkpoint({ id, folder: "", continues: true });
				activeAdapter.trained(checkpoint.state.params);
				report(await stored.save(runtime.model, checkpoint));
			},
			async loaded(params) {
				last = params;
			},
			...(scored === null ? {} : { score: () => answers.score(scored) }),
			...(samplePrompt === null || textProcessor === null
				? {}
				: {
						samples: {
							prompt: samplePrompt,
							every: sampleEvery,
							prepare: () => answers.ready(),
							answer: (prompt) => answers.sample(prompt, run.settings),
						},
					}),
		});
		const summary = stored === null ? trained : withHistory(trained, stored.record);
		await activeAdapter.endTraining();
		const best = session.bestParams;
		if (summary.best !== undefined && best !== null)
			activeAdapter.keepEnds(best, last ?? (await activeAdapter.now()).params);
		report(await stored?.end({ summary }));
		activeAdapter.remember(runFacts(baseFacts(open), data, run.settings, summary));
		return summary;
	} catch (error) {
		await activeAdapter.endTraining();
		await stored?.end({ error });
		throw error;
	} finally {
		session.release();
	}
}
