// All that the app knows of the engine; every type that crosses the worker boundary stands here or in the api-* files it
// passes on, and must survive structured cloning. To add a call: add it to EngineApi, implement it in src/worker/, and use
// it through app/engine.ts.

import type { RunSettings } from "../shared/settings.ts";
import type { DataInfo, DataSource, OpenedData, RowCheck } from "./api-data.ts";
import type { ExportedFile, ExportRequest } from "./api-exports.ts";
import type { NamedFile } from "./api-hub.ts";
import type { BatchThroughput, SlotRef } from "./api-library.ts";
import type { MergeForm, MergeStudyRequest } from "./api-merge.ts";
import type { MethodCost, MethodInfo, MethodSpeed, MethodsTable, TableFormat } from "./api-methods.ts";
import type { RaceEvent, RaceRequest, RaceResult, RaceTable } from "./api-race.ts";
import type {
	AdapterOverlap,
	AdapterRef,
	AdapterSpectrum,
	BlendSettings,
	CutPreview,
	HeldOutRows,
	MethodShape,
	NamedRef,
	OverlapSide,
	RankAdvice,
	RankCut,
	RankRun,
	ShapeCost,
} from "./api-rank.ts";
import type {
	CostEstimate,
	LinkPrediction,
	Rewards,
	RunEvent,
	RunPatch,
	RunRecord,
	RunRequest,
	RunSummary,
	StorageUse,
} from "./api-runs.ts";
import type { ScoreReport, ScoreRequest } from "./api-score.ts";

export type { ErrorInfo } from "../shared/errors.ts";
export type * from "../shared/settings.ts";
export type * from "./api-data.ts";
export type * from "./api-exports.ts";
export type * from "./api-hub.ts";
export type * from "./api-library.ts";
export type * from "./api-merge.ts";
export type * from "./api-methods.ts";
export type * from "./api-race.ts";
export type * from "./api-rank.ts";
export type * from "./api-runs.ts";
export type * from "./api-score.ts";

// ── Device ──────────────────────────────────────────────────────────────────────────────────────────

export interface DeviceInfo {
	vendor: string;
	architecture: string;
	description: string;
	/** True for SwiftShader, lavapipe and their like: right but slow; the page says so. */
	software: boolean;
	maxBufferSize: number; // bytes
	maxStorageBufferBindingSize: number; // bytes
	features: string[];
}

// ── Model ───────────────────────────────────────────────────────────────────────────────────────────

/** How the frozen base is held on the GPU: as its file has it, as floats, or its linear layers quantised. */
export type BaseDType = "auto" | "float32" | "int8" | "nf4";

export type ModelSource = ({ kind: "demo" } | { kind: "files"; name: string; files: NamedFile[] } | KeptSource) & {
	/** By default "auto". */
	dtype?: BaseDType;
};

/** A model that was downloaded before, by the key of its record. */
interface KeptSource {
	kind: "kept";
	name: string;
	key: string;
}

/** What a folder holds, read from its small files and headers: nothing is loaded yet. */
export interface ModelFacts {
	name: string;
	model_type: string;
	parameters: number;
	weightBytes: number; // on the GPU
	dtype: ModelInfo["dtype"];
	/** As its README's front matter says; null where it does not. */
	license: string | null;
	/** The base and a LoRA run of usual size beside what this device can hold. */
	fits: CostEstimate["fits"];
}

export interface ModelInfo {
	/** Goes into adapter_config.json as base_model_name_or_path. */
	name: string;
	/** Of the weights, as the folder's README says; null where it does not. */
	license: string | null;
	model_type: string;
	parameters: number;
	/** Bytes of GPU memory the frozen weights take. */
	weightBytes: number;
	/** "gguf": linear layers in the blocks of their file. */
	dtype: "float32" | "bfloat16" | "mixed" | "gguf" | "int8" | "nf4" | "q8_0" | "q4_0";
	hidden_size: number;
	num_hidden_layers: number;
	vocab_size: number;
	max_position_embeddings: number;
	hasChatTemplate: boolean;
	/** Suffixes that LoRA may target, in model order: "q_proj" … "down_proj". */
	linearModules: string[];
}

export interface LoadProgress {
	stage: "read" | "upload" | "compile" | "tune";
	done: number;
	total: number; // same unit as done; 0 when unknown
}

// ── Generation and adapters ─────────────────────────────────────────────────────────────────────────

export interface ChatMessage {
	role: string;
	content: string;
}

export interface GenerateRequest {
	/** A string is wrapped as one user turn when the model has a chat template (unless `raw`). */
	prompt: string | ChatMessage[];
	raw?: boolean;
	/** 0: the base, bit for bit; 1: the adapter as trained; in between scales it. */
	adapterStrength: number;
	max_new_tokens: number;
	temperature: number; // 0: greedy
	top_p: number;
	top_k: number; // 0: off
	seed: number;
}

export interface GenerateResult {
	text: string;
	input_ids: number[];
	output_ids: number[];
	stopped: "eos" | "length" | "cancelled";
}

/** One token of an answer, and how likely each model thought it, given all before it. */
export interface ScoredToken {
	id: number;
	text: string;
	/** Log-probabilities in nats, at temperature 1. */
	base: number;
	tuned: number;
}

export interface AdapterInfo {
	name: string;
	r: number;
	lora_alpha: number;
	modules: number;
	trainableParameters: number;
	adapterBytes: number;
	base: string;
	/** How long its link would be; null for a base that others do not have. */
	link: LinkPrediction | null;
	/** The run that made it; null for one that was imported or came with a link. */
	training: TrainingFacts | null;
}

/** What a run leaves to be told about its adapter. Losses in nats a token. */
export interface TrainingFacts {
	base: { parameters: number; license: string | null };
	/** `rows` were trained on, `heldOutRows` measured. */
	data: { name: string; rows: number; heldOutRows: number };
	settings: RunSettings;
	steps: number;
	lastLoss: number;
	firstEvalLoss: number | null;
	lastEvalLoss: number | null;
	/** Of pairs of answers: as last measured. */
	rewards?: Rewards;
}

/** What a shared link says to people. Texts of others: shown as text, never more. */
export interface LinkDescription {
	title: string; // at most 80 characters
	samplePrompt: string; // at most 400
	rows: number;
	steps: number;
	firstEvalLoss: number | null;
	lastEvalLoss: number | null;
}

/** What the engine has made and holds: nothing of it may grow while a run goes on. */
export interface EngineCounters {
	/** GPU buffers and pipelines created since the device was opened. */
	buffers: number;
	pipelines: number;
	/** Bytes of GPU buffers held now. */
	allocatedBytes: number;
}

/** The engine as the app sees it: one instance in one Web Worker. Rejections carry `ErrorInfo` in `.info`. */
export interface EngineApi {
	/** Finds the GPU. Rejects with code "no-adapter" where there is none. */
	probe(): Promise<DeviceInfo>;
	/** What a folder holds, before it is loaded. @throws as loadModel does for files that do not belong together */
	inspectModel(source: ModelSource): Promise<ModelFacts>;
	loadModel(source: ModelSource, onProgress?: (progress: LoadProgress) => void): Promise<ModelInfo>;
	/**
	 * Recognises a data file and its columns; the rows are read by the other calls.
	 * @param chat whether questions and answers become messages for the model's chat template
	 * Fails with "data" for an archive, a spreadsheet, or bytes that are not text.
	 */
	openData(file: Blob, name: string, chat: boolean): Promise<OpenedData>;
	/** All rows as JSON lines, for an editor; lines that are not JSON are kept as they are. */
	editableRows(data: DataSource): Promise<string>;
	/** Reads, tokenises and masks a data set; keeps nothing on the GPU. */
	describeData(data: DataSource, settings: RunSettings, heldOut: DataSource | number): Promise<DataInfo>;
	/** Checks every row of a refused file: lists the invalid rows and returns the valid ones as a new file. */
	checkRows(data: DataSource, settings: RunSettings): Promise<RowCheck>;
	estimate(settings: RunSettings, data: DataSource | null): Promise<CostEstimate>;
	/** Trains; resolves when the run ends. Events come in one batch per ~100 ms. One run at a time per origin. */
	train(request: RunRequest, onEvents: (events: RunEvent[]) => void): Promise<RunSummary>;
	pause(): Promise<void>;
	resume(): Promise<void>;
	/** Stops after the step in hand and keeps the adapter. */
	stop(): Promise<void>;
	/** Streams pieces of text as they are decoded. A second call waits for the first. */
	generate(request: GenerateRequest, onText: (piece: string) => void): Promise<GenerateResult>;
	/**
	 * Answers one request with several adapters in one batch over the base; each says what it says alone.
	 * @param onText pieces of a slot's text, by its place in `slots`
	 * @throws code "adapter" for one that is more than plain LoRA, or of another base; "usage" for more than eight
	 */
	generateTogether(
		slots: SlotRef[],
		request: GenerateRequest,
		onText: (slot: number, piece: string) => void,
	): Promise<{ answers: GenerateResult[]; pace: BatchThroughput }>;
	cancelGenerate(): Promise<void>;
	/**
	 * What the model makes of a text, all at once: [T, vocab_size] row by row, the row after each of the T ids.
	 * @param adapterStrength as in GenerateRequest
	 */
	logits(input_ids: number[], adapterStrength: number): Promise<Float32Array>;
	/**
	 * How likely base and tuned model find each token of an answer.
	 * @param adapterStrength of the tuned side
	 */
	score(input_ids: number[], output_ids: number[], adapterStrength: number): Promise<ScoredToken[]>;
	/**
	 * Judges answers of the base and of the adapter in memory, row by row.
	 * @param onRow told after each row; false ends it there, and what is judged is returned
	 * @throws code "data" where no row is held out or none asks anything; "usage" for a pattern that is broken, or that
	 * is still looking after a second
	 */
	scoreAnswers(request: ScoreRequest, onRow: (done: number, total: number) => boolean): Promise<ScoreReport>;
	/**
	 * The adapter in memory in every form it may be shipped in, measured on the held-out rows.
	 * @param onForm told of each as it is measured; false ends the study there
	 * @throws code "data" where no row is held out; "adapter" for what cannot be merged
	 */
	mergeStudy(request: MergeStudyRequest, onForm: (form: MergeForm) => boolean): Promise<void>;
	/** The adapter in memory, or null. */
	adapter(): Promise<AdapterInfo | null>;
	/** A zip with adapter_model.safetensors, adapter_config.json and README.md. */
	exportAdapter(): Promise<Blob>;
	/** The files of the loaded model that it needs to be loaded again, for the stand-alone file. */
	modelFiles(): Promise<NamedFile[]>;
	/** Base and adapter as one: a zip of a Hugging Face folder with model.safetensors in the base's type. */
	exportMerged(onProgress?: (done: number, total: number) => void): Promise<Blob>;
	/**
	 * The adapter, or its run, for another program.
	 * @throws code "adapter", "tokenizer" or "not-yet" with the reason where the program would not take it
	 */
	exportFor(request: ExportRequest, onProgress?: (done: number, total: number) => void): Promise<ExportedFile>;
	importAdapter(zip: Blob): Promise<AdapterInfo>;
	/**
	 * Keeps an adapter among the runs of this device, under a name: a zip, the files of a folder, or the one in memory.
	 * The adapter in memory stays.
	 * @throws code "adapter" for one that does not fit the loaded base, with the reason
	 */
	keepAdapter(name: string, source: Blob | NamedFile[] | null): Promise<RunRecord>;
	/** The adapter in memory as the text behind a link's #, its numbers in bfloat16. Of the bundled base alone. */
	adapterLink(about: LinkDescription): Promise<string>;
	/** `adapterLink` backwards: the adapter becomes the one in memory. */
	importAdapterLink(text: string): Promise<{ adapter: AdapterInfo; about: LinkDescription }>;
	removeAdapter(): Promise<void>;
	/** Ways of fine-tuning, for the methods table. */
	methods(): Promise<MethodInfo[]>;
	methodCost(settings: RunSettings, data: DataSource): Promise<MethodCost>;
	/** How fast the model answers without and with the adapter in memory, and how long an exchange takes. */
	measureAdapter(): Promise<MethodSpeed>;
	/** The table as a file's text. */
	methodsTable(table: MethodsTable, format: TableFormat): Promise<string>;
	/**
	 * Trains several ranks at once over the base; resolves when the last heat ends. `stop` ends it after the step in hand.
	 * Every slot is kept as a run of its own; the last one's adapter is in memory then.
	 * @throws code "memory" where they do not fit together, with those that do; "adapter" for more than plain LoRA
	 */
	race(request: RaceRequest, onEvents: (events: RaceEvent[]) => void): Promise<RaceResult>;
	/** The table as a file's text: CSV a line a slot, Markdown a line a rank, JSON everything. */
	raceTable(table: RaceTable, format: TableFormat): Promise<string>;
	/** Singular values of every s · B · A, whatever else the adapter trains. @throws code "adapter" for one without LoRA */
	spectrum(ref: AdapterRef): Promise<AdapterSpectrum>;
	/** Tries a cut on the adapter in memory: answers are the cut one's until `endPreview` or `keepCut`. */
	previewCut(cut: RankCut, rows: HeldOutRows | null): Promise<CutPreview>;
	endPreview(): Promise<void>;
	/** The cut becomes the adapter in memory, of its own rank. */
	keepCut(cut: RankCut): Promise<AdapterInfo>;
	overlap(first: AdapterRef, second: AdapterRef, side: OverlapSide): Promise<AdapterOverlap>;
	/** The weighted sum of adapters becomes the adapter in memory, as PEFT's add_weighted_adapter makes it. */
	blend(adapters: NamedRef[], settings: BlendSettings): Promise<AdapterInfo>;
	adviseRank(runs: RankRun[]): Promise<RankAdvice>;
	shapeCost(shape: MethodShape): Promise<ShapeCost>;
	counters(): Promise<EngineCounters>;
	/** Runs kept on this device, the newest first. A run found in the middle, with no tab training, is "interrupted". */
	runs(): Promise<RunRecord[]>;
	updateRun(id: string, patch: RunPatch): Promise<RunRecord>;
	/** For good: record, adapter, checkpoint and data. */
	deleteRun(id: string): Promise<void>;
	/** Takes the kept adapter of a run into memory. */
	openRun(id: string): Promise<AdapterInfo>;
	/** Goes on from the checkpoint of an interrupted or stopped run; its first events repeat what it had done. */
	resumeRun(id: string, onEvents: (events: RunEvent[]) => void): Promise<RunSummary>;
	storage(): Promise<StorageUse>;
}
