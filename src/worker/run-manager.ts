// Runs of the page: one at a time, begun or gone on with, kept on the device while they happen, listed, opened and deleted.
// The training itself is training-run.ts; what is written where, run-store.ts.

import type { Adapter } from "../engine/adapters/adapter.ts";
import { settingsFixedBy } from "../engine/adapters/adapter-files.ts";
import { forTraining, freshAdapter } from "../engine/adapters/create-adapter.ts";
import type {
	AdapterInfo,
	NamedFile,
	RaceEvent,
	RaceRequest,
	RaceResult,
	RunEvent,
	RunPatch,
	RunRecord,
	RunRequest,
	RunSummary,
	StorageUse,
} from "../engine/api.ts";
import { adapterFileBytes } from "../engine/train/estimate.ts";
import { RunControl } from "../engine/train/run.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { textEncoder } from "../engine/train/text-processor.ts";
import { TabTuneError } from "../shared/errors.ts";
import type { MessageText } from "../shared/messages/message.ts";
import { workerMessage } from "../shared/messages/worker.en.ts";
import { pissaNiter } from "../shared/setting-values.ts";
import { EventBatcher } from "./batch-events.ts";
import type { DataCache } from "./data-cache.ts";
import { errorInfo } from "./error-info.ts";
import { baseFacts, type OpenModel, readAdapter } from "./open-model.ts";
import { adapterZip, recordFacts, runFacts, zippedFiles } from "./outputs.ts";
import { adapterRecord, eventsOf, newRecord, rewound } from "./run-record.ts";
import { RunStore } from "./run-store.ts";
import { trainingLock } from "./training-lock.ts";
import { executeRun, type TrainingRun } from "./training-run.ts";

/** Adapters of kept runs that stay read. */
const MOST_READ = 8;

export class RunManager {
	/** Of the run that goes on; null when none does. */
	control: RunControl | null = null;
	private kept: Promise<RunStore> | null = null;
	/** Runs that go on and are kept: one, or the lanes of a race. */
	private readonly keptIds = new Set<string>();
	/** Adapters of kept runs as last read, over the model they were laid on: an exchange does not read files again. */
	private read: { of: OpenModel | null; adapters: Map<string, Adapter> } = { of: null, adapters: new Map() };

	constructor(
		private readonly opened: () => OpenModel,
		private readonly data: DataCache,
	) {}

	start(request: RunRequest, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
		return this.run(onEvents, (control, emit) => this.trainNew(request, control, emit));
	}

	goOn(id: string, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
		return this.run(onEvents, (control, emit) => this.trainOn(id, control, emit));
	}

	race(request: RaceRequest, onEvents: (events: RaceEvent[]) => void): Promise<RaceResult> {
		return this.run(onEvents, async (control, emit) => {
			const { race } = await import("./race.ts");
			return race(request, {
				open: this.opened(),
				data: this.data,
				control,
				emit,
				store: () => this.store(),
				keeping: (id) => this.keptIds.add(id),
			});
		});
	}

	/** @throws TabTuneError "busy" while a run goes on @param what has to wait */
	refuse(what: MessageText): void {
		if (this.control === null) return;
		throw new TabTuneError("busy", {
			what: workerMessage("waiting", { action: what }),
			next: workerMessage("waiting.next"),
		});
	}

	async all(): Promise<RunRecord[]> {
		return (await this.store()).all(this.keptIds);
	}

	async update(id: string, patch: RunPatch): Promise<RunRecord> {
		return (await this.store()).update(id, patch);
	}

	async remove(id: string): Promise<void> {
		if (this.keptIds.has(id)) this.refuse(workerMessage("waiting.delete"));
		return (await this.store()).remove(id);
	}

	async open(id: string): Promise<AdapterInfo> {
		this.refuse(workerMessage("waiting.adapter"));
		return this.opened().activeAdapter.takeNew(await this.adapterOf(id));
	}

	/** The kept adapter of a run, over the open model. @throws TabTuneError "adapter" for one of another base */
	async adapterOf(id: string): Promise<Adapter> {
		const open = this.opened();
		const store = await this.store();
		const record = await store.record(id);
		const key = `${id} ${record.checkpoint}`;
		const known = this.read.of === open ? this.read.adapters.get(key) : undefined;
		const adapter = known ?? (await readAdapter(open, await store.adapter(id), record.name));
		if (this.read.of !== open) this.read = { of: open, adapters: new Map() };
		this.read.adapters.delete(key);
		this.read.adapters.set(key, adapter);
		const [oldest] = this.read.adapters.keys();
		if (this.read.adapters.size > MOST_READ) this.read.adapters.delete(oldest);
		return { ...adapter, facts: recordFacts(baseFacts(open), record) };
	}

	/** An adapter by itself, looked at before it is kept. @throws TabTuneError "adapter" for one of another base */
	async keepAdapter(name: string, source: Blob | NamedFile[] | null): Promise<RunRecord> {
		const open = this.opened();
		const { model } = open.runtime;
		const store = await this.store();
		const now = source === null ? await open.activeAdapter.now() : null;
		const zip =
			source instanceof Blob
				? source
				: now !== null
					? await adapterZip(model, now)
					: await zippedFiles(source as NamedFile[]);
		const adapter = now ?? (await readAdapter(open, new Uint8Array(await zip.arrayBuffer()), name));
		const settings = resolveSettings({ ...settingsFixedBy(adapter) }, workerMessage("adapterSettings"));
		const record = adapterRecord(name, settings, model, {
			from: source === null ? "memory" : "file",
			r: adapter.layout.settings.r,
			bytes: adapterFileBytes(adapter.layout),
		});
		await store.keepAdapter(record, zip);
		return record;
	}

	async storage(): Promise<StorageUse> {
		try {
			await this.store();
			const { usage = 0, quota = 0 } = await navigator.storage.estimate();
			return { available: true, usedBytes: usage, quotaBytes: quota };
		} catch {
			return { available: false, usedBytes: 0, quotaBytes: 0 };
		}
	}

	/** One run at a time, in one tab; its events in batches. */
	private async run<T, Event>(
		onEvents: (events: Event[]) => void,
		work: (control: RunControl, emit: (event: Event) => void) => Promise<T>,
	): Promise<T> {
		this.refuse(workerMessage("waiting.run"));
		const control = new RunControl();
		this.control = control;
		const events = new EventBatcher(onEvents);
		try {
			return await trainingLock(() => work(control, (event) => events.add(event)));
		} finally {
			events.flush();
			this.control = null;
			this.keptIds.clear();
		}
	}

	private async trainNew(
		request: RunRequest,
		control: RunControl,
		emit: (event: RunEvent) => void,
	): Promise<RunSummary> {
		const { runtime, textProcessor, activeAdapter } = this.opened();
		emit({ type: "state", state: "preparing" });
		const given = request.continueAdapter && activeAdapter.layout !== null ? await activeAdapter.now() : null;
		const fixed = given === null ? {} : settingsFixedBy(given);
		const settings = resolveSettings({ ...request.settings, ...fixed }, workerMessage("theSettings"));
		const data = await this.data.get(runtime.model, textProcessor, request.data, request.heldOut, settings);
		const adapter =
			given === null
				? await freshAdapter(runtime.model, settings, textEncoder(runtime.model), (message) =>
						emit({ type: "warning", message }),
					)
				: forTraining(runtime.model, given, settings);
		await activeAdapter.take(adapter);
		const { samplePrompt, sampleEvery } = request;
		const job = { settings, data, adapter, from: null, samplePrompt, sampleEvery };
		return this.runJob(request.data.name, job, control, emit, async ({ totalSteps }) => {
			if (request.keep !== true) return null;
			const store = await this.store();
			// An adapter that goes on has its own start: only a fresh one's is made again by `trainOn`.
			const told = { ...settings, init_lora_weights: adapter.layout.settings.init_lora_weights };
			return store.begin(newRecord({ ...request, settings: told }, runtime.model, data.info, totalSteps), request.data);
		});
	}

	private async trainOn(id: string, control: RunControl, emit: (event: RunEvent) => void): Promise<RunSummary> {
		const { runtime, textProcessor, activeAdapter } = this.opened();
		emit({ type: "state", state: "preparing" });
		const store = await this.store();
		const record = rewound(await store.record(id));
		const held = record.model.dtype ?? runtime.model.dtype;
		if (held !== runtime.model.dtype) {
			throw new TabTuneError("adapter", {
				what: workerMessage("baseDtype", { before: held, now: runtime.model.dtype }),
				where: record.name,
				next: workerMessage("baseDtype.next"),
			});
		}
		const { settings, samplePrompt, sampleEvery } = record;
		const { adapter: zip, data: source, state } = await store.kept(record);
		const data = await this.data.get(runtime.model, textProcessor, source, record.heldOut, settings);
		// The file holds PiSSA's start joined with what was trained; the run's own form is made again from the base.
		const adapter =
			pissaNiter(settings.init_lora_weights) === undefined
				? forTraining(runtime.model, await readAdapter(this.opened(), zip, record.name), settings)
				: await freshAdapter(runtime.model, settings, textEncoder(runtime.model));
		await activeAdapter.take({ ...adapter, params: state.params });
		for (const event of eventsOf(record)) emit(event);
		const job = { settings, data, adapter, from: state, samplePrompt, sampleEvery };
		return this.runJob(record.data.name, job, control, emit, () => store.begin(record, null));
	}

	/** Where runs cannot be kept, the run goes on without, and says so. */
	private async runJob(
		dataName: string,
		job: Omit<TrainingRun, "keep" | "prepareSamples" | "answer">,
		control: RunControl,
		emit: (event: RunEvent) => void,
		keep: TrainingRun["keep"],
	): Promise<RunSummary> {
		const { runtime, textProcessor, answers } = this.opened();
		const summary = await executeRun(
			runtime,
			{
				...job,
				samplePrompt: textProcessor === null ? null : job.samplePrompt,
				prepareSamples: () => answers.ready(),
				answer: (prompt) => answers.sample(prompt),
				keep: async (run) => {
					try {
						const kept = await keep(run);
						if (kept !== null) this.keptIds.add(kept.record.id);
						return kept;
					} catch (error) {
						emit({ type: "warning", message: workerMessage("notKept", { reason: errorInfo(error).what }) });
						return null;
					}
				},
			},
			control,
			emit,
		);
		const facts = runFacts(baseFacts(this.opened()), { ...job.data.info, name: dataName }, job.settings, summary);
		this.opened().activeAdapter.remember(facts);
		return summary;
	}

	private store(): Promise<RunStore> {
		this.kept ??= RunStore.open();
		this.kept.catch(() => {
			this.kept = null;
		});
		return this.kept;
	}
}
