// The types that adapters consist of. An adapter is a layout over a model and its flat parameters; the layout combines one
// or more methods (LoRA, a bottleneck, a prompt, weights trained whole). A method places its trainable tensors and rewrites
// the forward pass at its hooks. The methods are in methods/, their list is in layout.ts.
import type { Method } from "../../shared/setting-values.ts";
import type { RunSettings, TrainingFacts } from "../api.ts";
import type { EmbeddingModule, ForwardHooks, LinearModule, ModelFamily } from "../models/family.ts";
import type { ModelConfig } from "../models/model-config.ts";
import type { BottleneckConfig, PeftTensor, PromptConfig, TargetedConfig } from "../peft/index.ts";
import type { TargetRules } from "../peft/targets.ts";
import type { ParamGroup, Placement, TrainableTensor } from "./trainable.ts";

/** The settings that shape an adapter; an adapter's file fixes them, a fresh one takes them from the run. */
export type AdapterSettings = TargetRules &
	Pick<
		RunSettings,
		| "r"
		| "lora_alpha"
		| "loraplus_lr_ratio"
		| "lora_dropout"
		| "use_rslora"
		| "rank_pattern"
		| "alpha_pattern"
		| "use_dora"
		| "init_lora_weights"
	> &
	// Absent: LoRA alone.
	Partial<
		Pick<
			RunSettings,
			| "method"
			| "num_virtual_tokens"
			| "prompt_tuning_init"
			| "prompt_tuning_init_text"
			| "reduction_factor"
			| "non_linearity"
			| "mh_adapter"
			| "output_adapter"
			| "modules_to_save"
			| "bias"
		>
	> & {
		/** Whether a bottleneck reads the residual stream with what its half made; absent: unless it stands at both halves. */
		readonly original_ln_before?: boolean;
		/** A rank may be over the matrix's smaller side, as that of an adapter's file: a converted PiSSA's is double. */
		readonly any_rank?: boolean;
	};

/** The kinds of folder an adapter's tensors go into: an adapter of several has a subfolder for each, of this name. */
export type AdapterForm = "full" | "lora" | "prompt_tuning" | "bottleneck";

export interface MethodScope {
	readonly family: ModelFamily;
	readonly config: ModelConfig;
	readonly settings: AdapterSettings;
	/** The methods that the settings name. */
	readonly methods: readonly Method[];
	/** Of what is trained. */
	readonly placement: Placement;
	/** Of values that stay as they were made and belong to the adapter. */
	readonly frozen: Placement;
}

/** The flat buffers of an adapter. */
export interface AdapterValues {
	readonly params: Float32Array;
	/** Of layout.frozen. */
	readonly frozen: Float32Array;
}

/** What fresh values are made from. */
export interface InitScope {
	readonly seed: number;
	/** A weight of the base in the float32 values that training sees. */
	weight(name: string): Promise<Float32Array>;
	/** The ids of a text as the model's tokenizer has them by default, special tokens included. */
	encode(text: string): Promise<readonly number[]>;
	/** Told what a person should know of how they were made. */
	tell?(message: string): void;
}

export interface AdapterMethod {
	readonly tensors: readonly TrainableTensor[];
	/** Where its tensors go on export; LoRA's folder unless it says otherwise. */
	readonly form?: AdapterForm;
	/** It stands in the place of the base's weights: there is no base beside it to scale it against. */
	readonly replaces?: boolean;
	/** Positions it puts in front of every row. */
	readonly virtualTokens?: number;
	/** LoRA's modules: what merging, links and spectra work on. */
	readonly modules?: readonly LoraModule[];
	/** LoRA's matrices of the embedding. */
	readonly table?: LoraEmbedding;
	/** The forward pass with this part in it. @param training whether dropout is on */
	wrap(hooks: ForwardHooks, training: boolean): ForwardHooks;
	/** Writes fresh values into the flat buffers. */
	init(values: AdapterValues, scope: InitScope): Promise<void> | void;
}

export interface LoraModule {
	readonly module: LinearModule;
	readonly r: number;
	readonly scaling: number; // lora_alpha / r, or lora_alpha / sqrt(r)
	readonly A: TrainableTensor; // [r, in]
	readonly B: TrainableTensor; // [out, r]
	/** DoRA's: the length of each row of the adapted matrix. */
	readonly magnitude: TrainableTensor | null; // [out]
	/** PiSSA's: where A and B began, taken out of the base; in the frozen values. */
	readonly start: { readonly A: TrainableTensor; readonly B: TrainableTensor } | null;
}

export interface LoraEmbedding {
	readonly module: EmbeddingModule;
	readonly r: number;
	readonly scaling: number;
	/** [rows, r]: a row an id, as it is looked up; PEFT's file has it as [r, rows]. */
	readonly A: TrainableTensor;
	readonly B: TrainableTensor; // [width, r]
}

export interface AdapterLayout {
	readonly settings: AdapterSettings;
	readonly methods: readonly Method[];
	readonly parts: readonly AdapterMethod[];
	/** LoRA's modules; none where LoRA takes no part. */
	readonly modules: readonly LoraModule[];
	/** LoRA's matrices of the embedding, where it is targeted. */
	readonly table: LoraEmbedding | null;
	/** Positions that stand in front of every row; 0 without prompt tuning. */
	readonly virtualTokens: number;
	/** Whether the base's weights are not under it: its strength is all or nothing. */
	readonly replaces: boolean;
	/** All trainable tensors, part after part. */
	readonly tensors: readonly TrainableTensor[];
	/** Windows of the flat buffers by learning rate; together they are all of it. */
	readonly groups: readonly ParamGroup[];
	/** Elements of the flat buffers, gaps included. */
	readonly size: number;
	/** Numbers that are trained. */
	readonly parameters: number;
	/** The flat buffer of what belongs to the adapter and is not trained. */
	readonly frozen: { readonly size: number; readonly parameters: number };
}

/** An adapter ready to train or answer: its layout over the model and its flat parameters. */
export interface Adapter {
	readonly layout: AdapterLayout;
	readonly params: Float32Array;
	/** Of layout.frozen; absent where that is empty. */
	readonly frozen?: Float32Array;
	/** The configuration it came with; null for a fresh one. */
	readonly config: TargetedConfig | null;
	/** The same of its prompt. */
	readonly prompt?: PromptConfig;
	/** The same of its bottlenecks. */
	readonly bottleneck?: BottleneckConfig;
	/** Its tensors as the file held them: an adapter that is not trained goes out byte for byte. */
	readonly stored: readonly PeftTensor[] | null;
	/** How it was trained, where that is known. */
	readonly facts?: TrainingFacts;
}
