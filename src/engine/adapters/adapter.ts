// The types of adapters. An adapter is a layout over a model plus its flat parameters; the layout combines one or more methods
// (LoRA, bottlenecks, a prompt, fully trained weights). A method places its trainable tensors and rewrites
// the forward pass at its hooks. The methods are in methods/, their list is in layout.ts.
import type { Message, MessageText } from "../../shared/messages/message.ts";
import type { Method } from "../../shared/setting-values.ts";
import type { RunSettings, TrainingFacts } from "../api.ts";
import type { EmbeddingModule, ForwardHooks, LinearModule, ModelFamily } from "../models/family.ts";
import type { ModelConfig } from "../models/model-config.ts";
import type { BottleneckConfig, PeftTensor, PromptConfig, TargetedConfig } from "../peft/index.ts";
import type { TargetRules } from "../peft/targets.ts";
import type { ParamGroup, Placement, TrainableTensor } from "./trainable.ts";

/** The settings that shape an adapter: those of its file, or those of the run for a fresh adapter. */
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
	// Plain LoRA has none of these.
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
		/** Whether a bottleneck's input includes the residual stream; by default, if only one of the two sublayers has one. */
		readonly original_ln_before?: boolean;
		/** Whether lora_B has a bias (PEFT). */
		readonly lora_bias?: boolean;
		/** Allows ranks over the matrix's smaller side: a converted PiSSA adapter has twice its rank. */
		readonly any_rank?: boolean;
		/** Tokens whose rows are trained, of the embedding or by module (PEFT). */
		readonly trainable_token_indices?: readonly number[] | Readonly<Record<string, readonly number[]>> | null;
	};

/** The formats of an adapter's tensors; an adapter of several has a subfolder of this name for each. */
export type AdapterForm = "full" | "lora" | "prompt_tuning" | "bottleneck";

export interface MethodScope {
	readonly family: ModelFamily;
	readonly config: ModelConfig;
	readonly settings: AdapterSettings;
	/** The methods that the settings name. */
	readonly methods: readonly Method[];
	/** Places trainable tensors. */
	readonly placement: Placement;
	/** Places tensors of the adapter that are not trained. */
	readonly frozen: Placement;
}

/** The flat buffers of an adapter. */
export interface AdapterValues {
	readonly params: Float32Array;
	/** The values of layout.frozen. */
	readonly frozen: Float32Array;
}

/** The inputs from which initial values are computed. */
export interface InitScope {
	readonly seed: number;
	/** A weight of the base, in the float32 values that training uses. */
	weight(name: string): Promise<Float32Array>;
	/** The token ids of a text, with the tokenizer's default special tokens. */
	encode(text: string): Promise<readonly number[]>;
	/** Reports a message about the initial values to the user. */
	warn?(message: MessageText): void;
}

export interface AdapterMethod {
	readonly tensors: readonly TrainableTensor[];
	/** The format of the method's tensors; "lora" by default. */
	readonly form?: AdapterForm;
	/** About settings that the model has nothing for. */
	readonly warnings?: readonly Message[];
	/** Whether the method replaces the base's weights, so that its strength cannot be scaled. */
	readonly replaces?: boolean;
	/** Number of virtual tokens before every row. */
	readonly virtualTokens?: number;
	/** LoRA's modules, for merging, links and spectra. */
	readonly modules?: readonly LoraModule[];
	/** LoRA's matrices of the embedding. */
	readonly table?: LoraEmbedding;
	/** Rows of the embedding or the head that are trained by themselves. */
	readonly tokenRows?: readonly TokenRows[];
	/** Writes the frozen values that come from the base, for an adapter that was read. */
	original?(frozen: Float32Array, weight: InitScope["weight"]): Promise<void>;
	/** The forward hooks with this method applied. @param training whether dropout is on */
	wrap(hooks: ForwardHooks, training: boolean): ForwardHooks;
	/** Writes the initial values into the flat buffers. */
	init(values: AdapterValues, scope: InitScope): Promise<void> | void;
}

export interface LoraModule {
	readonly module: LinearModule;
	readonly r: number;
	readonly scaling: number; // lora_alpha / r, or lora_alpha / sqrt(r)
	readonly A: TrainableTensor; // [r, in]
	readonly B: TrainableTensor; // [out, r]
	/** DoRA's magnitudes: the length of each row of the adapted matrix. */
	readonly magnitude: TrainableTensor | null; // [out]
	/** The bias of B: y += scaling · bias. */
	readonly bias: TrainableTensor | null; // [out, 1]
	/** PiSSA's initial A and B, whose product is subtracted from the base; part of the frozen values. */
	readonly start: { readonly A: TrainableTensor; readonly B: TrainableTensor } | null;
}

export interface LoraEmbedding {
	readonly module: EmbeddingModule;
	readonly r: number;
	readonly scaling: number;
	/** [rows, r], one row per token id; PEFT's file stores [r, rows]. */
	readonly A: TrainableTensor;
	readonly B: TrainableTensor; // [width, r]
	readonly dora: {
		/** The length of each column of the adapted table. */
		readonly magnitude: TrainableTensor; // [width]
		/** The squared length of each column of the base's, part of the frozen values. */
		readonly squares: TrainableTensor; // [width]
	} | null;
}

/** Rows of some tokens in the embedding or the head (trainable_token_indices). */
export interface TokenRows {
	readonly path: string; // "model.embed_tokens"
	/** The weight of the base that has them. */
	readonly weight: string;
	readonly ids: readonly number[]; // [n]
	/** The modules that use them: embedding and head of a tied base. */
	readonly uses: readonly string[];
	readonly D: TrainableTensor; // the trained rows: [n, width]
	readonly R: TrainableTensor; // the base's: [n, width]
	readonly E: TrainableTensor; // a one for each token: [rows, n]
}

export interface AdapterLayout {
	readonly settings: AdapterSettings;
	readonly methods: readonly Method[];
	readonly parts: readonly AdapterMethod[];
	/** LoRA's modules; empty without LoRA. */
	readonly modules: readonly LoraModule[];
	/** LoRA's matrices of the embedding, where it is targeted. */
	readonly table: LoraEmbedding | null;
	readonly tokenRows: readonly TokenRows[];
	/** Number of virtual tokens before every row; 0 without prompt tuning. */
	readonly virtualTokens: number;
	/** Whether the adapter replaces the base's weights; its strength is then 0 or 1. */
	readonly replaces: boolean;
	readonly warnings: readonly Message[];
	/** All trainable tensors, method after method. */
	readonly tensors: readonly TrainableTensor[];
	/** Windows of the flat buffers, one per learning rate; together they cover the buffers. */
	readonly groups: readonly ParamGroup[];
	/** Elements of the flat buffers, gaps included. */
	readonly size: number;
	/** Number of trainable parameters. */
	readonly parameters: number;
	/** The flat buffer of the adapter's tensors that are not trained. */
	readonly frozen: { readonly size: number; readonly parameters: number };
}

/** An adapter ready to train or answer: its layout over the model and its flat parameters. */
export interface Adapter {
	readonly layout: AdapterLayout;
	readonly params: Float32Array;
	/** The values of layout.frozen; absent if it is empty. */
	readonly frozen?: Float32Array;
	/** The LoRA configuration that it was loaded with; null for a new adapter. */
	readonly config: TargetedConfig | null;
	/** The prompt's configuration, if it was loaded. */
	readonly prompt?: PromptConfig;
	/** The bottlenecks' configuration, if it was loaded. */
	readonly bottleneck?: BottleneckConfig;
	/** The tensors of the file that it was loaded from, so that an adapter that is not trained is exported byte for byte. */
	readonly stored: readonly PeftTensor[] | null;
	/** About its files; the layout has those about its settings. */
	readonly warnings?: readonly Message[];
	/** How it was trained, if known. */
	readonly facts?: TrainingFacts;
}
