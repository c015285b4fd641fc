// The engine behind the page: one device, one model, one adapter in memory. Wires the rooms together; no maths here.

import { type AdapterInHand, adapterFromPeft } from "../engine/adapters/peft-adapter.ts";
import { freshAdapter } from "../engine/adapters/start.ts";
import { suffixes } from "../engine/adapters/targets.ts";
import type {
	AdapterInfo,
	CostEstimate,
	DataInfo,
	DataSource,
	DeviceInfo,
	EngineApi,
	EngineCounters,
	GenerateRequest,
	GenerateResult,
	LinkAbout,
	LoadProgress,
	ModelFacts,
	ModelInfo,
	ModelSource,
	NamedFile,
	RowCheck,
	RunEvent,
	RunPatch,
	RunRecord,
	RunRequest,
	RunSettings,
	RunSummary,
	ScoredToken,
	StorageUse,
	TrainingFacts,
} from "../engine/api.ts";
import { checkRows } from "../engine/data/check-rows.ts";
import { Gpu } from "../engine/device/gpu.ts";
import { TabTuneError } from "../engine/errors.ts";
import { adapterZipFolder, readPeftAdapter } from "../engine/formats/index.ts";
import { openModelFiles } from "../engine/models/load.ts";
import { estimateRun } from "../engine/train/estimate.ts";
import { type Language, openLanguageIfAny } from "../engine/train/language.ts";
import { RunControl } from "../engine/train/run.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { warmTraining } from "../engine/train/trainer.ts";
import { startWorkbench, type Workbench } from "../engine/train/workbench.ts";
import { Answers } from "./answers.ts";
import { EventBatcher } from "./batch-events.ts";
import { DataCache, encodeOptions } from "./data-cache.ts";
import { Hand } from "./hand.ts";
import { type Job, runJob } from "./job.ts";
import { modelFolder } from "./model-source.ts";
import { adapterZip, mergedZip, modelFacts, neededFiles, recordFacts, runFacts, scored } from "./outputs.ts";
import { errorInfo } from "./reject.ts";
import { RunKeeper } from "./run-keeper.ts";
import { eventsOf, newRecord, rewound } from "./run-record.ts";
import { adapterOfLink, linkOf, predictLink } from "./share.ts";
import { trainingLock } from "./training-lock.ts";

/** A batch to compile the training kernels for before the rows are known: sizes this large all take the same variants. */
const WARM_CAPACITY = { tokens: 256, targets: 128 };

interface Open {
	readonly bench: Workbench;
	readonly language: Language | null;
	readonly answers: Answers;
	readonly hand: Hand;
	/** Of the base's weights, where its folder says it. */
	readonly license: string | null;
	/** Of the bundled weights. */
	readonly fingerprint: string | null;
}

export class Session implements EngineApi {
	private gpu: Promise<Gpu> | null = null;
	private opened: Open | null = null;
	private control: RunControl | null = null;
	/** The training kernels being compiled: they go first, so that Start never waits behind an answer's. */
	private warming: Promise<void> = Promise.resolve();
	private kept: Promise<RunKeeper> | null = null;
	/** The run that goes on and is kept. */
	private keptId: string | null = null;
	private readonly data = new DataCache();

	async probe(): Promise<DeviceInfo> {
		return (await this.device()).info;
	}

	async loadModel(
		source: ModelSource,
		onProgress: (progress: LoadProgress) => void = () => undefined,
	): Promise<ModelInfo> {
		this.refuseWhileTraining("another model");
		const gpu = await this.device();
		const { folder, name, license, fingerprint } = await modelFolder(source, onProgress);
		const model = await openModelFiles(folder, name);
		const language = await openLanguageIfAny(folder, model.config);
		const bench = await startWorkbench(gpu, model, (done, total) => onProgress({ stage: "upload", done, total }));
		await this.opened?.answers.drop();
		this.opened?.bench.memory.releaseAll();
		this.data.clear();
		const hand = new Hand(bench, fingerprint !== null, () => answers.drop());
		const answers: Answers = new Answers(bench, language, {
			layout: () => hand.layout,
			kernelsFirst: () => this.warming,
		});
		this.opened = { bench, language, answers, hand, license, fingerprint };
		const usual = resolveSettings({}, "the settings");
		this.warm(() => warmTraining(bench, freshAdapter(model, usual).layout, usual, WARM_CAPACITY));
		const { config } = model;
		return {
			name,
			license,
			model_type: config.model_type,
			parameters: model.parameters,
			weightBytes: model.weightBytes,
			dtype: model.dtype,
			hidden_size: config.hidden_size,
			num_hidden_layers: config.num_hidden_layers,
			vocab_size: config.vocab_size,
			max_position_embeddings: config.max_position_embeddings,
			hasChatTemplate: language?.template != null,
			linearModules: suffixes(model.family.linearModules(config)),
		};
	}

	async inspectModel(source: ModelSource): Promise<ModelFacts> {
		const { info } = await this.device();
		const { folder, name, license } = await modelFolder(source, () => undefined);
		return modelFacts(await openModelFiles(folder, name), license, info);
	}

	async describeData(data: DataSource, settings: RunSettings, heldOut: DataSource | number): Promise<DataInfo> {
		const { bench, language } = this.open();
		return (await this.data.get(bench.model, language, data, heldOut, resolveSettings({ ...settings }, "the settings")))
			.info;
	}

	async checkRows(data: DataSource, settings: RunSettings): Promise<RowCheck> {
		const { bench, language } = this.open();
		return checkRows(data, encodeOptions(bench.model, language, resolveSettings({ ...settings }, "the settings")));
	}

	async estimate(given: RunSettings, data: DataSource | null): Promise<CostEstimate> {
		const { bench, language, fingerprint } = this.open();
		const settings = resolveSettings({ ...given }, "the settings");
		const { layout } = freshAdapter(bench.model, settings);
		const batch = settings.per_device_train_batch_size;
		const longest = batch * Math.min(settings.max_length, bench.model.config.max_position_embeddings);
		const capacity =
			data === null
				? { tokens: longest, targets: longest }
				: (await this.data.get(bench.model, language, data, 0, settings)).train.capacity(batch);
		if (this.control === null && data !== null) this.warm(() => warmTraining(bench, layout, settings, capacity));
		const link = fingerprint === null ? null : predictLink(layout);
		return { ...estimateRun(bench.model, layout, settings, capacity, bench.gpu.info), link };
	}

	train(request: RunRequest, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
		return this.run(onEvents, (control, emit) => this.trainNew(request, control, emit));
	}

	resumeRun(id: string, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
		return this.run(onEvents, (control, emit) => this.trainOn(id, control, emit));
	}

	async pause(): Promise<void> {
		this.control?.pause();
	}

	async resume(): Promise<void> {
		this.control?.resume();
	}

	async stop(): Promise<void> {
		this.control?.stop();
	}

	async generate(request: GenerateRequest, onText: (piece: string) => void): Promise<GenerateResult> {
		return this.open().answers.ask(request, onText);
	}

	async cancelGenerate(): Promise<void> {
		this.opened?.answers.cancel();
	}

	async logits(input_ids: number[], adapterStrength: number): Promise<Float32Array> {
		this.refuseWhileTraining("a text to be read");
		return this.open().answers.logits(input_ids, adapterStrength);
	}

	async score(input_ids: number[], output_ids: number[], adapterStrength: number): Promise<ScoredToken[]> {
		const { language } = this.open();
		if (language === null || input_ids.length === 0 || output_ids.length === 0) return [];
		const logits = (strength: number) => this.logits([...input_ids, ...output_ids], strength);
		return scored(language, input_ids, output_ids, logits, adapterStrength);
	}

	async adapter(): Promise<AdapterInfo | null> {
		return this.opened?.hand.info() ?? null;
	}

	async exportAdapter(): Promise<Blob> {
		const { bench, hand } = this.open();
		return adapterZip(bench.model, await hand.now());
	}

	async modelFiles(): Promise<NamedFile[]> {
		return neededFiles(this.open().bench.model);
	}

	async exportMerged(onProgress: (done: number, total: number) => void = () => undefined): Promise<Blob> {
		const { bench, hand } = this.open();
		return mergedZip(bench.model, await hand.now(), onProgress);
	}

	async importAdapter(zip: Blob): Promise<AdapterInfo> {
		this.refuseWhileTraining("another adapter");
		const name = zip instanceof File ? zip.name : "the adapter";
		return this.open().hand.takeNew(await this.readAdapter(new Uint8Array(await zip.arrayBuffer()), name));
	}

	async adapterLink(about: LinkAbout): Promise<string> {
		const { hand, fingerprint } = this.open();
		return linkOf(await hand.now(), fingerprint, about);
	}

	async importAdapterLink(text: string): Promise<{ adapter: AdapterInfo; about: LinkAbout }> {
		this.refuseWhileTraining("another adapter");
		const { bench, hand, fingerprint } = this.open();
		const linked = adapterOfLink(bench.model, fingerprint, text);
		return { adapter: await hand.takeNew(linked.hand), about: linked.about };
	}

	async removeAdapter(): Promise<void> {
		this.refuseWhileTraining("no adapter");
		await this.open().hand.take(null);
	}

	async counters(): Promise<EngineCounters> {
		const { created, held } = await this.device();
		return { ...created, heldBytes: held.bytes };
	}

	async runs(): Promise<RunRecord[]> {
		return (await this.keeper()).all(this.keptId);
	}

	async updateRun(id: string, patch: RunPatch): Promise<RunRecord> {
		return (await this.keeper()).update(id, patch);
	}

	async deleteRun(id: string): Promise<void> {
		if (id === this.keptId) this.refuseWhileTraining("its own deletion");
		return (await this.keeper()).remove(id);
	}

	async openRun(id: string): Promise<AdapterInfo> {
		this.refuseWhileTraining("another adapter");
		const keeper = await this.keeper();
		const record = await keeper.record(id);
		const hand = await this.readAdapter(await keeper.adapter(id), record.name);
		return this.open().hand.takeNew({ ...hand, facts: recordFacts(this.base(), record) });
	}

	async storage(): Promise<StorageUse> {
		try {
			await this.keeper();
			const { usage = 0, quota = 0 } = await navigator.storage.estimate();
			return { available: true, usedBytes: usage, quotaBytes: quota };
		} catch {
			return { available: false, usedBytes: 0, quotaBytes: 0 };
		}
	}

	/** One run at a time, in one tab; its events in batches. */
	private async run<T>(
		onEvents: (events: RunEvent[]) => void,
		work: (control: RunControl, emit: (event: RunEvent) => void) => Promise<T>,
	): Promise<T> {
		this.refuseWhileTraining("a second run");
		const control = new RunControl();
		this.control = control;
		const events = new EventBatcher(onEvents);
		try {
			return await trainingLock(() => work(control, (event) => events.add(event)));
		} finally {
			events.flush();
			this.control = null;
			this.keptId = null;
		}
	}

	private async trainNew(
		request: RunRequest,
		control: RunControl,
		emit: (event: RunEvent) => void,
	): Promise<RunSummary> {
		const { bench, language, hand: inHand } = this.open();
		emit({ type: "state", state: "preparing" });
		const settings = resolveSettings({ ...request.settings }, "the settings");
		const data = await this.data.get(bench.model, language, request.data, request.heldOut, settings);
		const hand =
			request.continueAdapter && inHand.layout !== null
				? { ...(await inHand.now()), stored: null }
				: freshAdapter(bench.model, settings);
		await inHand.take(hand);
		const { samplePrompt, sampleEvery } = request;
		const job = { settings, data, hand, from: null, samplePrompt, sampleEvery };
		return this.runJob(request.data.name, job, control, emit, async ({ totalSteps }) => {
			if (request.keep !== true) return null;
			const keeper = await this.keeper();
			return keeper.begin(newRecord({ ...request, settings }, bench.model, data.info, totalSteps), request.data);
		});
	}

	private async trainOn(id: string, control: RunControl, emit: (event: RunEvent) => void): Promise<RunSummary> {
		const { bench, language, hand: inHand } = this.open();
		emit({ type: "state", state: "preparing" });
		const keeper = await this.keeper();
		const record = rewound(await keeper.record(id));
		const { settings, samplePrompt, sampleEvery } = record;
		const { adapter, data: source, state } = await keeper.kept(record);
		const data = await this.data.get(bench.model, language, source, record.heldOut, settings);
		const hand = await this.readAdapter(adapter, record.name);
		await inHand.take({ ...hand, params: state.params, stored: null });
		for (const event of eventsOf(record)) emit(event);
		const job = { settings, data, hand, from: state, samplePrompt, sampleEvery };
		return this.runJob(record.data.name, job, control, emit, () => keeper.begin(record, null));
	}

	/** Where runs cannot be kept, the run goes on without, and says so. */
	private async runJob(
		dataName: string,
		job: Omit<Job, "keep" | "prepareSamples" | "answer">,
		control: RunControl,
		emit: (event: RunEvent) => void,
		keep: Job["keep"],
	): Promise<RunSummary> {
		const { bench, language, answers } = this.open();
		const summary = await runJob(
			bench,
			{
				...job,
				samplePrompt: language === null ? null : job.samplePrompt,
				prepareSamples: () => answers.ready(),
				answer: (prompt) => answers.sample(prompt),
				keep: async (run) => {
					try {
						const kept = await keep(run);
						this.keptId = kept?.record.id ?? null;
						return kept;
					} catch (error) {
						emit({ type: "warning", message: `This run is not kept on this device: ${errorInfo(error).what}.` });
						return null;
					}
				},
			},
			control,
			emit,
		);
		const facts = runFacts(this.base(), { ...job.data.info, name: dataName }, job.settings, summary);
		this.open().hand.remember(facts);
		return summary;
	}

	private keeper(): Promise<RunKeeper> {
		this.kept ??= RunKeeper.open();
		this.kept.catch(() => {
			this.kept = null;
		});
		return this.kept;
	}

	private async readAdapter(zip: Uint8Array, name: string): Promise<AdapterInHand> {
		return adapterFromPeft(this.open().bench.model, await readPeftAdapter(adapterZipFolder(zip, name)), name);
	}

	/** Compiles kernels while the person reads the page; a failure is told by the run that needs them. */
	private warm(compile: () => Promise<void>): void {
		const before = this.warming;
		this.warming = Promise.resolve()
			.then(compile)
			.catch(() => undefined)
			.then(() => before);
	}

	/** What a card says of the base. */
	private base(): TrainingFacts["base"] {
		const { bench, license } = this.open();
		return { parameters: bench.model.parameters, license };
	}

	private async device(): Promise<Gpu> {
		this.gpu ??= requestGpu();
		try {
			return await this.gpu;
		} catch (thrown) {
			this.gpu = null;
			throw thrown;
		}
	}

	private open(): Open {
		if (this.opened === null)
			throw new TabTuneError("usage", {
				what: "no model is loaded",
				next: "load the bundled model or open a model folder",
			});
		return this.opened;
	}

	private refuseWhileTraining(what: string): void {
		if (this.control === null) return;
		throw new TabTuneError("busy", {
			what: `a run is training: ${what} has to wait`,
			next: "stop the run, or wait until it ends",
		});
	}
}

async function requestGpu(): Promise<Gpu> {
	if (navigator.gpu === undefined) {
		throw new TabTuneError("no-adapter", {
			what: "this browser has no WebGPU",
			next: "use a current Chrome or Edge, version 113 or later, on a page served over https or from localhost",
		});
	}
	return Gpu.request({ gpu: navigator.gpu });
}
