// The engine behind the page: one device, one model, one adapter in memory. Wires the rooms together; no maths here.

import { adapterLayout } from "../engine/adapters/layout.ts";
import { roomForText } from "../engine/adapters/prompt.ts";
import { suffixes } from "../engine/adapters/targets.ts";
import type {
	AdapterInfo,
	AdapterOverlap,
	AdapterRef,
	AdapterSpectrum,
	BlendSettings,
	CostEstimate,
	CutPreview,
	DataInfo,
	DataSource,
	DeviceInfo,
	EngineApi,
	EngineCounters,
	GenerateRequest,
	GenerateResult,
	HeldOutRows,
	LaneRef,
	LinkAbout,
	LoadProgress,
	MethodCost,
	MethodInfo,
	MethodShape,
	MethodSpeed,
	MethodsTable,
	ModelFacts,
	ModelInfo,
	ModelSource,
	NamedFile,
	NamedRef,
	OverlapSide,
	RaceEvent,
	RaceRequest,
	RaceResult,
	RaceTable,
	RankAdvice,
	RankCut,
	RankRun,
	RowCheck,
	RunEvent,
	RunPatch,
	RunRecord,
	RunRequest,
	RunSettings,
	RunSummary,
	ScoredToken,
	ShapeCost,
	StorageUse,
	TableFormat,
	TogetherPace,
} from "../engine/api.ts";
import { checkRows } from "../engine/data/check-rows.ts";
import { Gpu } from "../engine/device/gpu.ts";
import { TabTuneError } from "../engine/errors.ts";
import { openModelFiles } from "../engine/models/load.ts";
import { adviseRank } from "../engine/rank/advisor.ts";
import { modelShapes, shapeCost } from "../engine/rank/calculator.ts";
import { estimateRun } from "../engine/train/estimate.ts";
import { openLanguageIfAny } from "../engine/train/language.ts";
import { measureSpeed, methodCost } from "../engine/train/method-run.ts";
import { methods } from "../engine/train/methods.ts";
import { tableText } from "../engine/train/methods-table.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { warmTraining } from "../engine/train/trainer.ts";
import { startWorkbench } from "../engine/train/workbench.ts";
import { Answers } from "./answers.ts";
import { DataCache, encodeOptions } from "./data-cache.ts";
import { Hand } from "./hand.ts";
import { modelFolder } from "./model-source.ts";
import { type OpenModel, readAdapter } from "./open-model.ts";
import { adapterZip, mergedZip, modelFacts, neededFiles, scored } from "./outputs.ts";
import type { RankLab } from "./rank-lab.ts";
import { Runs } from "./runs.ts";
import { adapterOfLink, linkOf, predictLink } from "./share.ts";

/** A batch to compile the training kernels for before the rows are known: sizes this large all take the same variants. */
const WARM_CAPACITY = { tokens: 256, targets: 128 };

export class Session implements EngineApi {
	private gpu: Promise<Gpu> | null = null;

	/** @param findGpu where WebGPU comes from: the browser's, unless something else is given */
	constructor(private readonly findGpu: () => Promise<GPU> = browserGpu) {}

	private opened: OpenModel | null = null;
	/** The training kernels being compiled: they go first, so that Start never waits behind an answer's. */
	private warming: Promise<void> = Promise.resolve();
	private readonly data = new DataCache();
	private readonly training = new Runs(() => this.open(), this.data);
	private lab: RankLab | null = null;

	async probe(): Promise<DeviceInfo> {
		return (await this.device()).info;
	}

	async loadModel(
		source: ModelSource,
		onProgress: (progress: LoadProgress) => void = () => undefined,
	): Promise<ModelInfo> {
		this.training.refuse("another model");
		const gpu = await this.device();
		const { folder, name, license, fingerprint } = await modelFolder(source, onProgress);
		const model = await openModelFiles(folder, name, source.held);
		const language = await openLanguageIfAny(folder, model.config);
		const bench = await startWorkbench(gpu, model, (done, total) => onProgress({ stage: "upload", done, total }));
		this.lab?.drop();
		await this.opened?.answers.drop();
		this.opened?.bench.memory.releaseAll();
		this.data.clear();
		const hand = new Hand(bench, fingerprint !== null, {
			drop: async () => {
				this.lab?.drop();
				await answers.drop();
			},
			pause: async (work) => {
				this.lab?.drop();
				answers.cancel();
				await answers.inTurn(work);
			},
		});
		const answers: Answers = new Answers(bench, language, {
			layout: () => hand.layout,
			kernelsFirst: () => this.warming,
		});
		this.opened = { bench, language, answers, hand, license, fingerprint };
		const usual = resolveSettings({}, "the settings");
		this.warm(() => warmTraining(bench, adapterLayout(model, usual), usual, WARM_CAPACITY));
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
		return modelFacts(await openModelFiles(folder, name, source.held), license, info);
	}

	async describeData(data: DataSource, settings: RunSettings, heldOut: DataSource | number): Promise<DataInfo> {
		const { bench, language } = this.open();
		return (await this.data.get(bench.model, language, data, heldOut, resolveSettings({ ...settings }, "the settings")))
			.info;
	}

	async parquetAsLines(file: Blob, name: string): Promise<Blob> {
		const { parquetAsLines } = await import("../engine/data/parquet.ts");
		return parquetAsLines(file, name);
	}

	async checkRows(data: DataSource, settings: RunSettings): Promise<RowCheck> {
		const { bench, language } = this.open();
		return checkRows(data, encodeOptions(bench.model, language, resolveSettings({ ...settings }, "the settings")));
	}

	async estimate(given: RunSettings, data: DataSource | null): Promise<CostEstimate> {
		const { bench, language, fingerprint } = this.open();
		const settings = resolveSettings({ ...given }, "the settings");
		const layout = adapterLayout(bench.model, settings);
		const batch = settings.per_device_train_batch_size;
		const { virtualTokens } = layout;
		const room = roomForText(bench.model.config, settings);
		const longest = batch * (virtualTokens + Math.min(settings.max_length, room));
		const capacity =
			data === null
				? { tokens: longest, targets: longest }
				: (await this.data.get(bench.model, language, data, 0, settings)).train.behind(virtualTokens).capacity(batch);
		if (this.training.control === null && data !== null)
			this.warm(() => warmTraining(bench, layout, settings, capacity));
		const link = fingerprint === null ? null : predictLink(layout);
		return { ...estimateRun(bench.model, layout, settings, capacity, bench.gpu.info), link };
	}

	train(request: RunRequest, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
		return this.training.start(request, onEvents);
	}

	resumeRun(id: string, onEvents: (events: RunEvent[]) => void): Promise<RunSummary> {
		return this.training.goOn(id, onEvents);
	}

	async pause(): Promise<void> {
		this.training.control?.pause();
	}

	async resume(): Promise<void> {
		this.training.control?.resume();
	}

	async stop(): Promise<void> {
		this.training.control?.stop();
	}

	async generate(request: GenerateRequest, onText: (piece: string) => void): Promise<GenerateResult> {
		return this.open().answers.ask(request, onText);
	}

	async generateTogether(
		lanes: LaneRef[],
		request: GenerateRequest,
		onText: (lane: number, piece: string) => void,
	): Promise<{ answers: GenerateResult[]; pace: TogetherPace }> {
		this.training.refuse("a batch of answers");
		const { hand, answers } = this.open();
		const hands = await Promise.all(
			lanes.map((lane) =>
				lane.kind === "base" ? null : lane.kind === "memory" ? hand.now() : this.training.adapterOf(lane.id),
			),
		);
		return answers.together(hands, request, onText);
	}

	async cancelGenerate(): Promise<void> {
		this.opened?.answers.cancel();
	}

	async logits(input_ids: number[], adapterStrength: number): Promise<Float32Array> {
		this.training.refuse("a text to be read");
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
		this.training.refuse("another adapter");
		const name = zip instanceof File ? zip.name : "the adapter";
		return this.open().hand.takeNew(await readAdapter(this.open(), new Uint8Array(await zip.arrayBuffer()), name));
	}

	async keepAdapter(name: string, source: Blob | NamedFile[] | null): Promise<RunRecord> {
		this.training.refuse("the library");
		return this.training.keepAdapter(name, source);
	}

	async adapterLink(about: LinkAbout): Promise<string> {
		const { bench, hand, fingerprint } = this.open();
		return linkOf(bench.model, await hand.now(), fingerprint, about);
	}

	async importAdapterLink(text: string): Promise<{ adapter: AdapterInfo; about: LinkAbout }> {
		this.training.refuse("another adapter");
		const { bench, hand, fingerprint } = this.open();
		const linked = adapterOfLink(bench.model, fingerprint, text);
		return { adapter: await hand.takeNew(linked.hand), about: linked.about };
	}

	async removeAdapter(): Promise<void> {
		this.training.refuse("no adapter");
		await this.open().hand.take(null);
	}

	async methods(): Promise<MethodInfo[]> {
		return methods();
	}

	async methodCost(given: RunSettings, data: DataSource): Promise<MethodCost> {
		const { bench, language } = this.open();
		const settings = resolveSettings({ ...given }, "the settings");
		const { train } = await this.data.get(bench.model, language, data, 0, settings);
		const layout = adapterLayout(bench.model, settings);
		const capacity = train.behind(layout.virtualTokens).capacity(settings.per_device_train_batch_size);
		return methodCost(bench.model, layout, settings, capacity, bench.gpu.info);
	}

	async measureAdapter(): Promise<MethodSpeed> {
		this.training.refuse("a measurement");
		const { bench, hand, answers } = this.open();
		const inHand = await hand.now();
		await answers.drop();
		return measureSpeed(bench, inHand);
	}

	async methodsTable(table: MethodsTable, format: TableFormat): Promise<string> {
		return tableText(table, format);
	}

	race(request: RaceRequest, onEvents: (events: RaceEvent[]) => void): Promise<RaceResult> {
		return this.training.race(request, onEvents);
	}

	async raceTable(table: RaceTable, format: TableFormat): Promise<string> {
		const { raceText } = await import("../engine/train/race-table.ts");
		return raceText(table, format);
	}

	/** Loaded when it is wanted: its decompositions are no part of a first visit. */
	private async rankLab(): Promise<RankLab> {
		const { RankLab } = await import("./rank-lab.ts");
		this.lab ??= new RankLab(
			() => this.open(),
			this.data,
			(id) => this.training.adapterOf(id),
		);
		return this.lab;
	}

	async spectrum(ref: AdapterRef): Promise<AdapterSpectrum> {
		this.training.refuse("a spectrum");
		return (await this.rankLab()).spectrum(ref);
	}

	async previewCut(cut: RankCut, rows: HeldOutRows | null): Promise<CutPreview> {
		this.training.refuse("a cut");
		return (await this.rankLab()).preview(cut, rows);
	}

	async endPreview(): Promise<void> {
		await this.lab?.end();
	}

	async keepCut(cut: RankCut): Promise<AdapterInfo> {
		this.training.refuse("another adapter");
		return (await this.rankLab()).keep(cut);
	}

	async overlap(first: AdapterRef, second: AdapterRef, side: OverlapSide): Promise<AdapterOverlap> {
		this.training.refuse("a comparison");
		return (await this.rankLab()).overlap(first, second, side);
	}

	async blend(adapters: NamedRef[], settings: BlendSettings): Promise<AdapterInfo> {
		this.training.refuse("another adapter");
		return (await this.rankLab()).blend(adapters, settings);
	}

	async adviseRank(runs: RankRun[]): Promise<RankAdvice> {
		return adviseRank(runs);
	}

	async shapeCost(shape: MethodShape): Promise<ShapeCost> {
		return shapeCost(modelShapes(this.open().bench.model), shape);
	}

	async counters(): Promise<EngineCounters> {
		const { created, held } = await this.device();
		return { ...created, heldBytes: held.bytes };
	}

	runs(): Promise<RunRecord[]> {
		return this.training.all();
	}

	updateRun(id: string, patch: RunPatch): Promise<RunRecord> {
		return this.training.update(id, patch);
	}

	deleteRun(id: string): Promise<void> {
		return this.training.remove(id);
	}

	openRun(id: string): Promise<AdapterInfo> {
		return this.training.open(id);
	}

	storage(): Promise<StorageUse> {
		return this.training.storage();
	}

	/** Compiles kernels while the person reads the page; a failure is told by the run that needs them. */
	private warm(compile: () => Promise<void>): void {
		const before = this.warming;
		this.warming = Promise.resolve()
			.then(compile)
			.catch(() => undefined)
			.then(() => before);
	}

	private async device(): Promise<Gpu> {
		this.gpu ??= this.findGpu().then((gpu) => Gpu.request({ gpu }));
		try {
			return await this.gpu;
		} catch (thrown) {
			this.gpu = null;
			throw thrown;
		}
	}

	private open(): OpenModel {
		if (this.opened === null)
			throw new TabTuneError("usage", {
				what: "no model is loaded",
				next: "load the bundled model or open a model folder",
			});
		return this.opened;
	}
}

async function browserGpu(): Promise<GPU> {
	if (navigator.gpu === undefined) {
		throw new TabTuneError("no-adapter", {
			what: "this browser has no WebGPU",
			next: "use a current Chrome or Edge, version 113 or later, on a page served over https or from localhost",
		});
	}
	return navigator.gpu;
}
