// What a method of fine-tuning is: a part of an adapter that lays its trainable tensors and rewrites the forward pass at
// its hooks. LoRA, a bottleneck, a prompt and weights trained whole are parts; an adapter is one or several of them. To add
// a method: a file with a function from scope to part, and its line in PARTS of layout.ts.
import type { RunSettings } from "../api.ts";
import type { ModelConfig } from "../formats/hf-config.ts";
import type { ForwardHooks, ModelFamily } from "../models/family.ts";
import type { LoraModule } from "./lora.ts";
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
		| "init_lora_weights"
	>;

export interface PartScope {
	readonly family: ModelFamily;
	readonly config: ModelConfig;
	readonly settings: AdapterSettings;
	readonly placement: Placement;
}

/** What fresh values are made from. */
export interface InitScope {
	readonly seed: number;
	/** A weight of the base in the float32 values that training sees. */
	weight(name: string): Promise<Float32Array>;
}

export interface AdapterPart {
	readonly tensors: readonly TrainableTensor[];
	/** LoRA's modules: what merging, links and spectra work on. */
	readonly modules?: readonly LoraModule[];
	/** The forward pass with this part in it. @param training whether dropout is on */
	wrap(hooks: ForwardHooks, training: boolean): ForwardHooks;
	/** Writes fresh values into the flat parameters. */
	init(flat: Float32Array, scope: InitScope): Promise<void> | void;
}
