// What a method of fine-tuning is: a part of an adapter that lays its trainable tensors and rewrites the forward pass at
// its hooks. LoRA, a bottleneck, a prompt and weights trained whole are parts; an adapter is one or several of them. To add
// a method: a file with a function from scope to part, and its line in PARTS of layout.ts.
import type { RunSettings } from "../api.ts";
import type { ModelConfig } from "../formats/hf-config.ts";
import type { ForwardHooks, ModelFamily } from "../models/family.ts";
import type { LoraModule } from "./lora.ts";
import type { LoraEmbedding } from "./lora-embedding.ts";
import type { TargetRules } from "./targets.ts";
import type { Placement, TrainableTensor } from "./trainable.ts";

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

/** Whether an adapter's settings ask for a method. */
export function usesMethod({ method = "lora" }: Pick<AdapterSettings, "method">, name: string): boolean {
	return method.split("+").includes(name);
}

/** The kinds of folder an adapter's tensors go into: an adapter of several has a subfolder for each, of this name. */
export type AdapterForm = "full" | "lora" | "prompt_tuning" | "bottleneck";

export interface MethodScope {
	readonly family: ModelFamily;
	readonly config: ModelConfig;
	readonly settings: AdapterSettings;
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
