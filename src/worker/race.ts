// A race on the page: stores every adapter slot as a run, answers the sample prompt with each, and fills the table heat by
// heat. Imported on demand; the training is train/race-session.ts.
import { exportAdapter } from "../engine/adapters/adapter-files.ts";
import type { RaceEvent, RaceRequest, RaceResult, RaceSlot, RunEvent, RunSettings, RunSummary } from "../engine/api.ts";
import type { PreparedData } from "../engine/data/describe.ts";
import { refuseBestSettings } from "../engine/train/best.ts";
import { raceHeats, requireRaceMemory } from "../engine/train/race-plan.ts";
import { emptyRaceTable, type TrainedHeat, type TrainedSlot, trainHeat } from "../engine/train/race-session.ts";
import { withHeat } from "../engine/train/race-table.ts";
import { raceCapacity } from "../engine/train/race-trainer.ts";
import type { RunControl } from "../engine/train/run.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { deviceName } from "../shared/device-name.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerLabMessage, workerMessage } from "../shared/messages/index.ts";
import type { EngineState } from "./engine-state.ts";
import { errorInfo } from "./error-info.ts";
import { baseFacts, type OpenModel } from "./open-model.ts";
import { runFacts } from "./run-facts.ts";
import { newRecord } from "./run-record.ts";
import type { StoredRun } from "./stored-run.ts";

interface RaceContext {
	readonly state: EngineState;
	readonly open: OpenModel;
	readonly control: RunControl;
	emit(event: RaceEvent): void;
}

export async function race(
	state: EngineState,
	request: RaceRequest,
	control: RunControl,
	emit: (event: RaceEvent) => void,
): Promise<RaceResult> {
	await state.restoreBase();
	const open = state.open();
	const context = { state, open, control, emit };
	const { model, gpu } = open.runtime;
	emit({ type: "state", state: "preparing" });
	const shared = resolveSettings({ ...request.settings }, workerMessage("theSettings"));
	refuseBestSettings(shared);
	const heats = raceHeats(shared, request.seeds, { ranks: request.ranks });
	let table = emptyRaceTable({
		model: model.name,
		device: deviceName(gpu.info),
		data: {
			train: request.data.name,
			eval: typeof request.heldOut === "number" ? null : request.heldOut.name,
			rows: 0,
		},
		settings: shared,
	});
	let last: RunSummary | null = null;
	for (const [place, settings] of heats.entries()) {
		if (control.stopped) break;
		// All heats use the split of the page's seed, so every slot is evaluated on the same rows.
		const data = await state.data.get(model, open.textProcessor, request.data, request.heldOut, shared);
		const heat = new StoredHeat(request, settings, data, context, table.slots.length);
		const trained = await heat.train({ place, of: heats.length });
		last = trained.lastSummary;
		table = withHeat({ ...table, data: { ...table.data, rows: data.info.rows } }, trained.heat, trained.slots);
		emit({ type: "table", table });
	}
	if (last === null) throw new TabTuneError("busy", { what: workerLabMessage("raceStopped") });
	emit({ type: "state", state: control.stopped ? "stopped" : "finished" });
	return { table, summary: last };
}

/** A heat whose slots are each stored as a run. */
class StoredHeat {
	private stored: (StoredRun | null)[] = [];

	/** @param first index of its first slot among the slots of the race */
	constructor(
		private readonly request: RaceRequest,
		private readonly settings: readonly RunSettings[],
		private readonly data: PreparedData,
		private readonly context: RaceContext,
		private readonly first: number,
	) {}

	async train({ place, of }: { readonly place: number; readonly of: number }): Promise<TrainedHeat> {
		const { settings, data, first } = this;
		const { train, heldOut } = data;
		const { open, control, emit } = this.context;
		const { model, gpu } = open.runtime;
		const slots = settings.length;
		const capacity = raceCapacity({ slots: settings.map((one) => ({ settings: one })), train, heldOut });
		requireRaceMemory(model, settings, capacity, heldOut !== null, gpu.info);
		try {
			return await trainHeat(open.runtime, settings, data, control, {
				state: (state) => emit({ type: "state", state }),
				begins: async (totalSteps) => {
					emit({ type: "heat", heat: place, heats: of, seed: settings[0].seed, first, slots, totalSteps });
					await this.begin(totalSteps);
				},
				emit: (slot, event) => this.send(slot, event),
				retired: (slot, step, error) =>
					emit({ type: "retired", slot: first + slot, step, error: { code: error.code, ...error.parts } }),
				saveDue: () => this.stored.some((run) => run?.due === true),
				save: async (step, adapterOf) => {
					for (let slot = 0; slot < slots; slot++) {
						const run = this.stored[slot];
						if (!run) continue;
						const changed = await run.saveAdapter(step, await exportAdapter(model, await adapterOf(slot)));
						if (changed) this.send(slot, { type: "storage", problem: run.problem });
					}
				},
				finished: (slot, trained) => this.finished(slot, trained),
			});
		} catch (error) {
			for (const run of this.stored) await run?.end({ error });
			throw error;
		}
	}

	private send(slot: number, event: RunEvent): void {
		this.stored[slot]?.note(event);
		this.context.emit({ type: "slot", slot: this.first + slot, event });
	}

	/** Where runs cannot be stored, the race continues with a warning. */
	private async begin(totalSteps: number): Promise<void> {
		const { request, settings, data } = this;
		const { model } = this.context.open.runtime;
		try {
			const store = await this.context.state.runStore();
			for (const one of settings) {
				const asRun = { ...request, settings: one, sampleEvery: totalSteps, continueAdapter: false };
				// The optimizer state of the slots is not stored, so their runs cannot be resumed.
				const record = { ...newRecord(asRun, model, data.info, totalSteps), resumable: false };
				if (request.seeds.length > 1) record.name += ` seed ${one.seed}`;
				const run = store.run(record, null);
				this.stored.push(run);
				if (await run.begin()) this.send(this.stored.length - 1, { type: "storage", problem: run.problem });
				this.context.state.activeRun.storedIds.add(record.id);
			}
		} catch (error) {
			this.stored = [];
			this.send(settings.length - 1, { type: "storage", problem: errorInfo(error).what });
		}
	}

	/** Makes the slot's adapter the active one, answers the sample prompt with it, and ends its stored run. */
	private async finished(
		slot: number,
		{ adapter, settings, summary, error }: TrainedSlot,
	): Promise<Pick<RaceSlot, "sample" | "id">> {
		const { open, control } = this.context;
		const { samplePrompt, data } = this.request;
		await open.activeAdapter.take(adapter);
		open.activeAdapter.remember(runFacts(baseFacts(open), { ...this.data.info, name: data.name }, settings, summary));
		let sample: RaceSlot["sample"] = null;
		if (samplePrompt !== null && open.textProcessor !== null && !control.stopped && error === null) {
			sample = { prompt: samplePrompt, text: await open.answers.sample(samplePrompt, settings) };
			this.send(slot, { type: "sample", step: summary.steps, ...sample });
		}
		const run = this.stored[slot];
		await run?.end(error === null ? { summary } : { error });
		return { sample, id: run?.record.id ?? null };
	}
}
