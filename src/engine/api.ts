// All that the app knows of the engine. This file imports nothing; every type that crosses the worker
// boundary stands here and must survive structured cloning. To add a call: add it to EngineApi, implement it
// in src/worker/, and use it through app/engine.ts.

// ── Settings, by their TRL / PEFT / Transformers names ──────────────────────────────────────────────

export type SchedulerType =
	| "linear"
	| "cosine"
	| "cosine_with_restarts"
	| "polynomial"
	| "constant"
	| "constant_with_warmup"
	| "inverse_sqrt";

/** Every setting of a run, flat, as `run.json` holds it and the URL carries it. Defaults: `DEFAULT_SETTINGS` in train/settings.ts. */
export interface RunSettings {
	// LoRA (peft.LoraConfig)
	r: number; // 1 … min(in, out) of every target module
	lora_alpha: number;
	lora_dropout: number; // [0, 1)
	target_modules: string | string[]; // suffix list, one regex, or "all-linear"
	use_rslora: boolean;
	use_dora: boolean;
	rank_pattern: Record<string, number>;
	alpha_pattern: Record<string, number>;
	layers_to_transform: number[] | null;
	modules_to_save: string[] | null;
	init_lora_weights: boolean | string;
	// Optimiser and schedule (transformers.TrainingArguments)
	learning_rate: number;
	lr_scheduler_type: SchedulerType;
	warmup_steps: number;
	warmup_ratio: number;
	weight_decay: number;
	adam_beta1: number;
	adam_beta2: number;
	adam_epsilon: number;
	max_grad_norm: number; // 0 turns clipping off
	max_steps: number; // -1: by epochs
	num_train_epochs: number;
	per_device_train_batch_size: number;
	gradient_accumulation_steps: number;
	// Data (trl.SFTConfig)
	max_length: number;
	packing: boolean;
	assistant_only_loss: boolean;
	completion_only_loss: boolean;
	shuffle: boolean;
	seed: number;
	// Evaluation and saving
	eval_steps: number; // 0: only at step 0 and after the last step
	save_steps: number; // 0: only at the end
	save_total_limit: number; // 0: keep all
}

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

export interface NamedFile {
	/** Path inside the folder, `/` between parts: "tokenizer.json". */
	path: string;
	blob: Blob;
}

export type ModelSource = { kind: "demo" } | { kind: "files"; name: string; files: NamedFile[] };

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
	dtype: "float32" | "bfloat16" | "mixed";
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

// ── Data ────────────────────────────────────────────────────────────────────────────────────────────

export type DataFormat = "jsonl" | "json" | "csv" | "tsv" | "txt";

/** A data set as the person gave it. `blob` may be large: it is read in the worker, streamed. */
export interface DataSource {
	name: string;
	format: DataFormat;
	blob: Blob;
}

export interface DataToken {
	id: number;
	text: string;
	/** True when this token is a training target. */
	trained: boolean;
}

export interface DataPreviewRow {
	index: number; // in the file, from 0
	tokens: DataToken[];
	truncated: boolean; // the row was cut at max_length
	/** The first tokens past the cut, at most 50, as they would have been read. */
	cutTokens: DataToken[];
	/** All tokens past the cut. */
	cutCount: number;
	/** Kept out of training, to be measured. */
	heldOut: boolean;
}

/** How many rows have how many tokens, before any cut: bin i counts lengths of [i · width, (i + 1) · width). */
export interface LengthHistogram {
	width: number; // tokens
	/** The last bin counts all that are longer, too. */
	counts: number[];
	longest: number; // tokens
	/** The length in use: the setting, or what the model can hold when that is less. */
	max_length: number;
}

/** A row that cannot be trained on, and why. */
export interface RowProblem {
	/** What `number` counts, from 1: lines of the file, or rows of a JSON list. */
	unit: "line" | "row";
	number: number;
	what: string;
	next?: string;
}

/** What of a file is good. */
export interface RowCheck {
	/** The first twenty rows that are not. */
	problems: RowProblem[];
	/** All of them. */
	badRows: number;
	goodRows: number;
	/** The good rows, one JSON object a line; null when the file is too large to check. */
	good: Blob | null;
	/** False where the rest could not be read: a quote that never ends, JSON that breaks off. */
	complete: boolean;
}

export interface DataInfo {
	kind: string; // "messages", "prompt-completion", "text", …
	rows: number;
	heldOutRows: number;
	skippedRows: number;
	truncatedRows: number;
	tokens: number;
	trainedTokens: number;
	/** Optimiser steps in one epoch at the current batch size. */
	stepsPerEpoch: number;
	warnings: string[];
	preview: DataPreviewRow[];
	/** Of all rows, skipped and held-out ones too. */
	lengths: LengthHistogram;
	/** Rows that read the same, as places in the file from 0: the first twenty groups. */
	duplicates: number[][];
	/** Rows beyond the first of each group, in all groups. */
	duplicateRows: number;
	/** Held-out rows that also stand among the trained ones: they measure memory, not learning. */
	leakedRows: number;
	/** A prompt in the style of the data, for the sample box. */
	samplePrompt: string;
}

/** What a run with these settings would cost, before it starts. */
export interface CostEstimate {
	trainableParameters: number;
	adapterBytes: number; // adapter_model.safetensors, float32
	peakBytes: number; // GPU memory during a training step, all included
	fits: "fits" | "tight" | "too-big";
	/** Whether the adapter would fit into a link; null for a base that others do not have. */
	link: LinkPrediction | null;
}

export interface LinkPrediction {
	characters: number; // at most
	fits: boolean;
	/** The highest rank of the same modules whose link a browser opens. */
	highestRank: number;
}

// ── A run ───────────────────────────────────────────────────────────────────────────────────────────

export type RunEvent =
	| {
			type: "step";
			step: number;
			loss: number;
			grad_norm: number;
			learning_rate: number;
			num_tokens: number;
			elapsed: number;
	  }
	| { type: "eval"; step: number; eval_loss: number; eval_tokens: number }
	| { type: "sample"; step: number; prompt: string; text: string }
	| { type: "skipped"; step: number; reason: string }
	| { type: "warning"; message: string }
	| { type: "state"; state: RunState };

export type RunState = "preparing" | "running" | "paused" | "finished" | "stopped" | "failed";

export interface RunRequest {
	settings: RunSettings;
	data: DataSource;
	/** Rows kept out of training and measured: a file, or a share of the rows (0 … 0.5). */
	heldOut: DataSource | number;
	/** Answered every `sampleEvery` steps with the adapter as it stands; null for none. */
	samplePrompt: string | null;
	sampleEvery: number;
	/** Go on from the adapter in memory (imported, or left by the last run) instead of a fresh one. */
	continueAdapter: boolean;
	/** Keep the run on this device: its record, its data and its latest checkpoint. */
	keep?: boolean;
}

export interface RunSummary {
	state: "finished" | "stopped";
	steps: number;
	firstEvalLoss: number | null;
	lastEvalLoss: number | null;
	lastLoss: number;
	elapsed: number; // seconds, training only
	trainableParameters: number;
	adapterBytes: number;
	peakBytes: number;
}

// ── Runs kept on the device ─────────────────────────────────────────────────────────────────────────

export interface RunRecord {
	id: string;
	/** Milliseconds since 1970. */
	created: number;
	/** interrupted: the tab was closed, or the worker died, in the middle; it may go on from its checkpoint. */
	state: "running" | "finished" | "stopped" | "failed" | "interrupted";
	model: { name: string; parameters: number };
	data: { name: string; format: DataFormat; rows: number; heldOutRows: number };
	heldOut: number;
	settings: RunSettings;
	samplePrompt: string | null;
	sampleEvery: number;
	totalSteps: number;
	steps: KeptStep[];
	evals: { step: number; eval_loss: number }[];
	samples: { step: number; prompt: string; text: string }[];
	summary: RunSummary | null;
	error: ErrorInfo | null;
	/** Step of the adapter that is kept; null before the first. */
	checkpoint: number | null;
	/** Whether the moments and the data are kept too, so that the run can go on. */
	resumable: boolean;
	// The person's own
	name: string;
	tags: string[];
	note: string;
	/** Out of the table, until it is deleted for good or taken back. */
	deleted: boolean;
}

export type KeptStep = Omit<Extract<RunEvent, { type: "step" }>, "type">;
export type RunPatch = Partial<Pick<RunRecord, "name" | "tags" | "note" | "deleted">>;

export interface StorageUse {
	/** False in private windows and where the site may not store: nothing is kept. */
	available: boolean;
	usedBytes: number;
	quotaBytes: number;
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
}

/** What a shared link says to people. Texts of others: shown as text, never more. */
export interface LinkAbout {
	title: string; // at most 80 characters
	samplePrompt: string; // at most 400
	rows: number;
	steps: number;
	firstEvalLoss: number | null;
	lastEvalLoss: number | null;
}

/** An error as it crosses the worker boundary (see errors.ts for the codes). */
export interface ErrorInfo {
	code: string;
	what: string;
	where?: string;
	next?: string;
	details?: string;
}

/** What the engine has made and holds: nothing of it may grow while a run goes on. */
export interface EngineCounters {
	/** GPU buffers and pipelines created since the device was opened. */
	buffers: number;
	pipelines: number;
	/** Bytes of GPU buffers held now. */
	heldBytes: number;
}

/** The engine as the app sees it: one instance in one Web Worker. Rejections carry `ErrorInfo` in `.info`. */
export interface EngineApi {
	/** Finds the GPU. Rejects with code "no-adapter" where there is none. */
	probe(): Promise<DeviceInfo>;
	/** What a folder holds, before it is loaded. @throws as loadModel does for files that do not belong together */
	inspectModel(source: ModelSource): Promise<ModelFacts>;
	loadModel(source: ModelSource, onProgress?: (progress: LoadProgress) => void): Promise<ModelInfo>;
	/** Reads, tokenises and masks a data set; keeps nothing on the GPU. */
	describeData(data: DataSource, settings: RunSettings, heldOut: DataSource | number): Promise<DataInfo>;
	/** Every row on its own, after a file was refused: which are wrong, and the good ones as a file of their own. */
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
	/** The adapter in memory, or null. */
	adapter(): Promise<AdapterInfo | null>;
	/** A zip with adapter_model.safetensors, adapter_config.json and README.md. */
	exportAdapter(): Promise<Blob>;
	/** The files of the loaded model that it needs to be loaded again, for the stand-alone file. */
	modelFiles(): Promise<NamedFile[]>;
	/** Base and adapter as one: a zip of a Hugging Face folder with model.safetensors in the base's type. */
	exportMerged(onProgress?: (done: number, total: number) => void): Promise<Blob>;
	importAdapter(zip: Blob): Promise<AdapterInfo>;
	/** The adapter in memory as the text behind a link's #, its numbers in bfloat16. Of the bundled base alone. */
	adapterLink(about: LinkAbout): Promise<string>;
	/** `adapterLink` backwards: the adapter becomes the one in memory. */
	importAdapterLink(text: string): Promise<{ adapter: AdapterInfo; about: LinkAbout }>;
	removeAdapter(): Promise<void>;
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
