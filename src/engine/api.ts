// The public API of the engine. This file and the api-* files that it re-exports define all types that cross the worker boundary;
// they must support structured cloning.

import type { ErrorInfo } from "../shared/errors.ts";
import type { RunSettings } from "../shared/settings.ts";
import type { AdapterInfo, LinkDescription } from "./api-adapter.ts";
import type { DataInfo, DataSource, OpenedData, RowCheck } from "./api-data.ts";
import type { ExportedFile, ExportRequest } from "./api-exports.ts";
import type { GenerateRequest, GenerateResult, ScoredToken } from "./api-generate.ts";
import type { NamedFile } from "./api-hub.ts";
import type { BatchThroughput, SlotRef } from "./api-library.ts";
import type { DeviceMeasurement, MeasureProgress } from "./api-measure.ts";
import type { MergeForm, MergeStudyRequest } from "./api-merge.ts";
import type { MethodCost, MethodInfo, MethodSpeed, MethodsTable, TableFormat } from "./api-methods.ts";
import type { DeviceInfo, LoadProgress, ModelFacts, ModelInfo, ModelSource } from "./api-model.ts";
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
import type { CostEstimate, RunEvent, RunPatch, RunRecord, RunRequest, RunSummary, StorageUse } from "./api-runs.ts";
import type { ScoreReport, ScoreRequest } from "./api-score.ts";

export type { ErrorInfo } from "../shared/errors.ts";
export type * from "../shared/settings.ts";
export type * from "./api-adapter.ts";
export type * from "./api-data.ts";
export type * from "./api-exports.ts";
export type * from "./api-generate.ts";
export type * from "./api-hub.ts";
export type * from "./api-library.ts";
export type * from "./api-measure.ts";
export type * from "./api-merge.ts";
export type * from "./api-methods.ts";
export type * from "./api-model.ts";
export type * from "./api-race.ts";
export type * from "./api-rank.ts";
export type * from "./api-runs.ts";
export type * from "./api-score.ts";

/** Resource counters. None of them may grow during a run. */
export interface EngineCounters {
	/** GPU buffers and pipelines created since the device was opened. */
	buffers: number;
	pipelines: number;
	/** Bytes of GPU buffers currently allocated. */
	allocatedBytes: number;
}

/**
 * The engine: one device, one model and one adapter in memory. The page runs it in a Web Worker; the npm package exports it
 * as `createEngine`. In the page, errors carry an `ErrorInfo` in `.info`. The @throws lines name error codes.
 */
export interface EngineApi {
	/**
	 * Requests a GPU device.
	 * @throws code "no-adapter" if WebGPU or a suitable GPU is not available
	 */
	probe(): Promise<DeviceInfo>;
	/**
	 * Reads the facts about a model from its configuration and headers, without loading the weights.
	 * @throws code "model" if files are missing or inconsistent
	 */
	inspectModel(source: ModelSource): Promise<ModelFacts>;
	/**
	 * Loads a model onto the GPU. It replaces the current model and removes the adapter in memory.
	 * @throws code "model" if files are missing or inconsistent, "memory" if the weights do not fit
	 */
	loadModel(source: ModelSource, onProgress?: (progress: LoadProgress) => void): Promise<ModelInfo>;
	/** Resolves when the GPU is lost, with the error that every use of it then has. */
	gpuLost(): Promise<ErrorInfo>;
	/**
	 * After the GPU was lost: requests it again, and loads the model and the adapter that were in memory.
	 * @throws code "no-adapter" while the browser provides no GPU
	 */
	recover(onProgress?: (progress: LoadProgress) => void): Promise<ModelInfo>;
	/**
	 * Detects the format and the columns of a data file, without reading its rows.
	 * @param chat whether prompts and answers are rendered with the model's chat template
	 * @throws code "data" for an archive, a spreadsheet, or content that is not text
	 */
	openData(file: Blob, name: string, chat: boolean): Promise<OpenedData>;
	/** Returns all rows as JSON Lines for an editor; invalid lines are returned unchanged. */
	editableRows(data: DataSource): Promise<string>;
	/**
	 * Tokenises a data set as training would, and summarises it. Allocates no GPU memory.
	 * @throws code "data" for the first invalid row
	 */
	describeData(data: DataSource, settings: RunSettings, heldOut: DataSource | number): Promise<DataInfo>;
	/** Checks every row of a refused file: lists the invalid rows and returns the valid ones as a new file. */
	checkRows(data: DataSource, settings: RunSettings): Promise<RowCheck>;
	/** Estimates the memory of a run. Without data, it assumes rows of the maximum length. */
	estimate(settings: RunSettings, data: DataSource | null): Promise<CostEstimate>;
	/**
	 * Trains an adapter and keeps it in memory; resolves when the run ends. Only one run per origin at a time.
	 * @param onEvents receives events in batches, about every 100 ms
	 */
	train(request: RunRequest, onEvents: (events: RunEvent[]) => void): Promise<RunSummary>;
	/** Pauses the current run after the current step. */
	pause(): Promise<void>;
	/** Continues a paused run. */
	resume(): Promise<void>;
	/** Stops the current run or race after the current step and keeps the adapter. */
	stop(): Promise<void>;
	/**
	 * Generates an answer. Concurrent calls are queued.
	 * @param onText receives each piece of text as it is decoded
	 */
	generate(request: GenerateRequest, onText: (piece: string) => void): Promise<GenerateResult>;
	/**
	 * Generates answers with several adapters in one batch over the same base. Each answer is the same as with `generate`.
	 * @param onText receives each piece of text with the index of its slot in `slots`
	 * @throws code "adapter" for an adapter of another base or one that is not plain LoRA; "usage" for more than eight slots
	 */
	generateTogether(
		slots: SlotRef[],
		request: GenerateRequest,
		onText: (slot: number, piece: string) => void,
	): Promise<{ answers: GenerateResult[]; pace: BatchThroughput }>;
	/** Ends the current generation; its result has `stopped: "cancelled"`. */
	cancelGenerate(): Promise<void>;
	/**
	 * Computes the logits of the next token at each of the T positions.
	 * @param adapterStrength as in GenerateRequest
	 * @returns [T, vocab_size], row-major
	 */
	logits(input_ids: number[], adapterStrength: number): Promise<Float32Array>;
	/**
	 * Computes the likelihood of each token of an answer under the base and the tuned model.
	 * @param adapterStrength strength of the adapter in the tuned model
	 */
	score(input_ids: number[], output_ids: number[], adapterStrength: number): Promise<ScoredToken[]>;
	/**
	 * Scores answers of the base and of the adapter in memory, row by row.
	 * @param onRow called after each row; returning false ends scoring, and the report covers the rows so far
	 * @throws code "data" if no rows are held out or none has a prompt; "usage" for a regular expression that is invalid or
	 * takes longer than a second
	 */
	scoreAnswers(request: ScoreRequest, onRow: (done: number, total: number) => boolean): Promise<ScoreReport>;
	/**
	 * Measures the adapter in memory on the held-out rows in every form in which it can be deployed: unmerged, merged, and
	 * merged and requantised, for each base dtype.
	 * @param onForm called with each result; returning false ends the study
	 * @throws code "data" if no rows are held out; "adapter" if the adapter cannot be merged
	 */
	mergeStudy(request: MergeStudyRequest, onForm: (form: MergeForm) => boolean): Promise<void>;
	/** Returns the adapter in memory, or null. */
	adapter(): Promise<AdapterInfo | null>;
	/** Exports the adapter as a zip with adapter_model.safetensors, adapter_config.json and README.md. */
	exportAdapter(): Promise<Blob>;
	/** Returns the files required to load the current model again, for the standalone page. */
	modelFiles(): Promise<NamedFile[]>;
	/** Merges the adapter into the base: a zip of a Hugging Face folder, with the weights in the dtype of the base. */
	exportMerged(onProgress?: (done: number, total: number) => void): Promise<Blob>;
	/**
	 * Exports the adapter, or its run, for another program.
	 * @throws code "adapter", "tokenizer" or "not-yet" if that program does not support the model or the adapter
	 */
	exportFor(request: ExportRequest, onProgress?: (done: number, total: number) => void): Promise<ExportedFile>;
	/**
	 * Imports an adapter; it becomes the adapter in memory. If its files change tokens, template or weights of the base, the
	 * model has these changes until another adapter or a new run replaces it.
	 * @param source a zip, a LoRA GGUF file, or the files of a folder
	 * @throws code "adapter" if it is invalid or does not match the loaded base
	 */
	importAdapter(source: Blob | NamedFile[]): Promise<AdapterInfo>;
	/**
	 * Stores an adapter in the library on this device. The adapter in memory does not change.
	 * @param source a zip, a LoRA GGUF file, the files of a folder, or null for the adapter in memory
	 * @throws code "adapter" if it is invalid or does not match the loaded base
	 */
	keepAdapter(name: string, source: Blob | NamedFile[] | null): Promise<RunRecord>;
	/**
	 * Encodes the adapter, in bfloat16, as the fragment of a link (the part after #).
	 * @throws code "adapter" unless the base is the bundled model
	 */
	adapterLink(about: LinkDescription): Promise<string>;
	/** Decodes the fragment of a link; the result becomes the adapter in memory. */
	importAdapterLink(text: string): Promise<{ adapter: AdapterInfo; about: LinkDescription }>;
	/** Removes the adapter from memory; generation then uses the base. */
	removeAdapter(): Promise<void>;
	/** Lists the fine-tuning methods of the methods table. */
	methods(): Promise<MethodInfo[]>;
	/** Computes the parameters and the memory of a method before training. */
	methodCost(settings: RunSettings, data: DataSource): Promise<MethodCost>;
	/** Measures the decoding speed without and with the adapter in memory, and the time to switch adapters. */
	measureAdapter(): Promise<MethodSpeed>;
	/** Formats a methods table as the contents of a file. */
	methodsTable(table: MethodsTable, format: TableFormat): Promise<string>;
	/**
	 * Trains several ranks together over one base; resolves when the last heat ends. `stop` ends the race after the current
	 * step. Each slot is stored as a separate run, and the adapter of the last slot stays in memory.
	 * @throws code "memory" if the slots do not fit together; the message states how many do. "adapter" for settings other
	 * than plain LoRA
	 */
	race(request: RaceRequest, onEvents: (events: RaceEvent[]) => void): Promise<RaceResult>;
	/** Formats a race table as the contents of a file: CSV has one line per slot, Markdown one per rank, JSON everything. */
	raceTable(table: RaceTable, format: TableFormat): Promise<string>;
	/**
	 * Computes the singular values of every LoRA update s · B · A.
	 * @throws code "adapter" for an adapter without LoRA modules
	 */
	spectrum(ref: AdapterRef): Promise<AdapterSpectrum>;
	/**
	 * Truncates a copy of the adapter in memory. Generation uses the copy until `endPreview` or `keepCut`.
	 * @param rows held-out rows to evaluate the truncated adapter on, if any
	 */
	previewCut(cut: RankCut, rows: HeldOutRows | null): Promise<CutPreview>;
	/** Ends a preview; generation uses the adapter in memory again. */
	endPreview(): Promise<void>;
	/** Truncates the adapter in memory. */
	keepCut(cut: RankCut): Promise<AdapterInfo>;
	/** Compares the subspaces of two adapters, module by module. */
	overlap(first: AdapterRef, second: AdapterRef, side: OverlapSide): Promise<AdapterOverlap>;
	/** Combines adapters as PEFT's add_weighted_adapter does; the result becomes the adapter in memory. */
	blend(adapters: NamedRef[], settings: BlendSettings): Promise<AdapterInfo>;
	/** Recommends the smallest rank whose held-out loss is within the noise of the best. */
	adviseRank(runs: RankRun[]): Promise<RankAdvice>;
	/** Computes the parameters and the memory of a method for the loaded model. */
	shapeCost(shape: MethodShape): Promise<ShapeCost>;
	/**
	 * Measures the device: its peaks, the kernels of the loaded model and a whole LoRA step. The adapter in memory is restored
	 * afterwards.
	 * @param onProgress called before each part; returning false cancels, and the result is null
	 * @throws code "busy" while a run trains
	 */
	measureDevice(onProgress: (progress: MeasureProgress) => boolean): Promise<DeviceMeasurement | null>;
	/** Formats a measurement as Markdown. */
	measurementText(measurement: DeviceMeasurement): Promise<string>;
	/** Returns counters of GPU resources, for leak checks. */
	counters(): Promise<EngineCounters>;
	/** Lists the stored runs, newest first. An unfinished run that no tab is training is "interrupted". */
	runs(): Promise<RunRecord[]>;
	/** Changes the name, tags, note or deletion mark of a stored run. */
	updateRun(id: string, patch: RunPatch): Promise<RunRecord>;
	/** Permanently deletes a stored run: record, adapter, checkpoint and data. */
	deleteRun(id: string): Promise<void>;
	/** Uses the best or the last weights of the run that has just ended, if its settings ask for the best. */
	selectWeights(which: "best" | "last"): Promise<AdapterInfo>;
	/** Loads the adapter of a stored run into memory. */
	openRun(id: string): Promise<AdapterInfo>;
	/**
	 * Returns the rows that a stored run was trained on.
	 * @throws code "storage" if they are not stored
	 */
	runData(id: string): Promise<DataSource>;
	/** Resumes an interrupted or stopped run from its checkpoint. The first events repeat those before the checkpoint. */
	resumeRun(id: string, onEvents: (events: RunEvent[]) => void): Promise<RunSummary>;
	/** Returns the storage used by this origin and its quota. */
	storage(): Promise<StorageUse>;
}
