// A race on the page: heat after heat, every slot kept on the device as a run of its own, its answer at the end, and the
// table grown. Loaded when it is wanted; the training itself is train/race.ts.
import type { Adapter } from "../engine/adapters/adapter.ts";
import { exportAdapter } from "../engine/adapters/adapter-files.ts";
import { freshAdapter } from "../engine/adapters/create-adapter.ts";
import type {
	RaceEvent,
	RaceRequest,
	RaceResult,
	RaceSlot,
	RaceTable,
	RunEvent,
	RunSettings,
	RunSummary,
} from "../engine/api.ts";
import type { PreparedData } from "../engine/data/describe.ts";
import { adapterFileBytes } from "../engine/train/estimate.ts";
import { type HeatResult, runHeat, type SlotResult } from "../engine/train/race.ts";
import { raceHeats, requireRoom } from "../engine/train/race-plan.ts";
import { withHeat } from "../engine/train/race-table.ts";
import { raceCapacity } from "../engine/train/race-trainer.ts";
import type { RunControl } from "../engine/train/run.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { textEncoder } from "../engine/train/text-processor.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/worker.en.ts";
import { workerLabMessage } from "../shared/messages/worker-lab.en.ts";
import type { EngineState } from "./engine-state.ts";
import { errorInfo } from "./error-info.ts";
import { baseFacts, type OpenModel } from "./open-model.ts";
import { runFacts } from "./run-facts.ts";
import { newRecord } from "./run-record.ts";
import type { StoredRun } from "./run-store.ts";

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
	const open = state.open();
	const context = { state, open, control, emit };
	const { model, gpu } = open.runtime;
	emit({ type: "state", state: "preparing" });
	const shared = resolveSettings({ ...request.settings }, workerMessage("theSettings"));
	const heats = raceHeats(shared, request.seeds, { ranks: request.ranks });
	let table: RaceTable = {
		model: model.name,
		device: gpu.info.description || `${gpu.info.vendor} ${gpu.info.architecture}`.trim(),
		data: {
			train: request.data.name,
			eval: typeof request.heldOut === "number" ? null : request.heldOut.name,
			rows: 0,
		},
		settings: shared,
		heats: [],
		slots: [],
		byRank: [],
		advice: null,
	};
	let last: RunSummary | null = null;
	for (const [place, slots] of heats.entries()) {
		if (control.stopped) break;
		const heat = new HeatOnPage(request, shared, slots, context, table.slots.length);
		const { found, rows, summary, data } = await heat.run({ place, of: heats.length });
		last = summary;
		const { state, steps, elapsed, stepMilliseconds, tokensPerSecond, peakBytes } = found;
		const told = { seed: slots[0].seed, state, steps, elapsed, stepMilliseconds, tokensPerSecond, peakBytes };
		table = withHeat({ ...table, data: { ...table.data, rows: data.info.rows } }, told, rows);
		emit({ type: "table", table });
	}
	if (last === null) throw new TabTuneError("busy", { what: workerLabMessage("raceStopped") });
	emit({ type: "state", state: control.stopped ? "stopped" : "finished" });
	return { table, summary: last };
}

class HeatOnPage {
	private readonly adapters: Adapter[] = [];
	private kept: (StoredRun | null)[] = [];

	/** @param first place of its first slot among all */
	constructor(
		private readonly request: RaceRequest,
		private readonly shared: RunSettings,
		private readonly settings: readonly RunSettings[],
		private readonly context: RaceContext,
		private readonly first: number,
	) {}

	async run({ place, of }: { readonly place: number; readonly of: number }) {
		const { open, control, emit } = this.context;
		const { runtime, textProcessor } = open;
		const { model, gpu } = runtime;
		const [{ seed }] = this.settings;
		const { request, settings, first } = this;
		// One split for all seeds, that of the page's own: every slot is measured on the same rows.
		const data = await this.context.state.data.get(model, textProcessor, request.data, request.heldOut, this.shared);
		const { train, heldOut } = data;
		for (const one of settings) this.adapters.push(await freshAdapter(model, one, textEncoder(model)));
		const slots = this.adapters.map(({ layout, params }, slot) => ({ layout, params, settings: settings[slot] }));
		requireRoom(model, settings, raceCapacity({ slots, train, heldOut }), heldOut !== null, gpu.info);
		try {
			const found = await runHeat(runtime, { slots, train, heldOut }, control, {
				state: (state) => emit({ type: "state", state }),
				begins: async (totalSteps) => {
					emit({ type: "heat", heat: place, heats: of, seed, first, slots: slots.length, totalSteps });
					await this.begin(data, totalSteps);
				},
				emit: (slot, event) => this.tell(slot, event),
				retired: (slot, step, error) =>
					emit({ type: "retired", slot: first + slot, step, error: { code: error.code, ...error.parts } }),
				saveDue: () => this.kept.some((run) => run?.due === true),
				save: async (step, params) => {
					for (const slot of slots.keys()) await this.save(slot, step, await params(slot));
				},
			});
			const rows: RaceSlot[] = [];
			const summaries: RunSummary[] = [];
			for (const [slot, result] of found.slots.entries()) {
				const summary = this.summaryOf(slot, found, result);
				summaries.push(summary);
				rows.push(await this.end(slot, found, result, summary, data));
			}
			return { found, rows, summary: summaries[summaries.length - 1], data };
		} catch (error) {
			for (const run of this.kept) await run?.end({ error });
			throw error;
		}
	}

	private tell(slot: number, event: RunEvent): void {
		this.kept[slot]?.note(event);
		this.context.emit({ type: "slot", slot: this.first + slot, event });
	}

	/** Where runs cannot be kept, the race goes on without, and says so. */
	private async begin(data: PreparedData, totalSteps: number): Promise<void> {
		const { request, settings } = this;
		const { model } = this.context.open.runtime;
		try {
			const store = await this.context.state.runStore();
			for (const one of settings) {
				const asRun = { ...request, settings: one, sampleEvery: totalSteps, continueAdapter: false };
				// AdapterSlots hold no moments of their own to go on with.
				const record = { ...newRecord(asRun, model, data.info, totalSteps), resumable: false };
				if (request.seeds.length > 1) record.name += ` · ${one.seed}`;
				this.kept.push(await store.begin(record, null));
				this.context.state.activeRun.storedIds.add(record.id);
			}
		} catch (error) {
			this.kept = [];
			this.tell(0, {
				type: "warning",
				message: workerMessage("notKept", { reason: errorInfo(error).what }),
			});
		}
	}

	private async save(slot: number, step: number, params: Float32Array): Promise<void> {
		const run = this.kept[slot];
		if (run === undefined || run === null) return;
		const { model } = this.context.open.runtime;
		const warning = await run.saveAdapter(
			step,
			await exportAdapter(model, { ...this.adapters[slot], params, stored: null }),
		);
		if (warning !== null) this.tell(slot, { type: "warning", message: warning });
	}

	private summaryOf(slot: number, found: HeatResult, { losses, evaluations }: SlotResult): RunSummary {
		const { layout } = this.adapters[slot];
		return {
			state: found.state,
			steps: losses.length,
			firstEvalLoss: evaluations[0]?.eval_loss ?? null,
			lastEvalLoss: evaluations.at(-1)?.eval_loss ?? null,
			lastLoss: losses.at(-1) ?? Number.NaN,
			elapsed: found.elapsed,
			trainableParameters: layout.parameters,
			adapterBytes: adapterFileBytes(layout),
			peakBytes: found.peakBytes,
			stepMilliseconds: found.stepMilliseconds,
			tokensPerSecond: found.tokensPerSecond / found.slots.length,
		};
	}

	/** The slot's adapter becomes the one in memory, answers, and stays as a run. */
	private async end(
		slot: number,
		found: HeatResult,
		{ params, losses, evaluations, error }: SlotResult,
		summary: RunSummary,
		data: PreparedData,
	): Promise<RaceSlot> {
		const { open, control } = this.context;
		const settings = this.settings[slot];
		const { samplePrompt } = this.request;
		await open.activeAdapter.take({ ...this.adapters[slot], params });
		const facts = { ...data.info, name: this.request.data.name };
		open.activeAdapter.remember(runFacts(baseFacts(open), facts, settings, summary));
		let sample: RaceSlot["sample"] = null;
		if (samplePrompt !== null && open.textProcessor !== null && !control.stopped && error === null) {
			sample = { prompt: samplePrompt, text: await open.answers.sample(samplePrompt) };
			this.tell(slot, { type: "sample", step: found.steps, ...sample });
		}
		const run = this.kept[slot];
		await run?.end(error === null ? { summary } : { error });
		const { r, seed, lora_alpha, learning_rate } = settings;
		const { trainableParameters, adapterBytes, steps } = summary;
		return {
			rank: r,
			seed,
			lora_alpha,
			learning_rate,
			trainableParameters,
			adapterBytes,
			state: error === null ? found.state : "retired",
			steps,
			losses,
			evaluations,
			elapsed: found.elapsed,
			sample,
			error: error && { code: error.code, ...error.parts },
			id: run?.record.id ?? null,
		};
	}
}
