// Every setting of a run, by its TRL, PEFT or Transformers name. Part of api.ts, which the app imports.

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
	bias: "none" | "all" | "lora_only";
	/** Of lora_B's learning rate to the run's (LoRA+, arXiv 2402.12354); 1: the same. */
	loraplus_lr_ratio: number;
	// What is trained: "lora", "full", "prompt_tuning", "bottleneck", or several joined by "+"
	method: string;
	// Prompt tuning (peft.PromptTuningConfig)
	num_virtual_tokens: number;
	prompt_tuning_init: "RANDOM" | "TEXT";
	prompt_tuning_init_text: string | null;
	// Bottleneck adapters (adapters.BnConfig)
	reduction_factor: number;
	non_linearity: "relu" | "gelu";
	mh_adapter: boolean; // after attention
	output_adapter: boolean; // after the MLP
	// What is lowered (trl.SFTConfig, trl.DPOConfig)
	/** "nll": the tokens' loss; "sigmoid": DPO on pairs of answers; "auto": as the rows are. */
	loss_type: "auto" | "nll" | "sigmoid";
	beta: number; // of DPO: the higher, the closer to the base
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
	group_by_length: boolean; // transformers.TrainingArguments
	seed: number;
	// Evaluation and saving
	eval_steps: number; // 0: only at step 0 and after the last step
	save_steps: number; // 0: only at the end
	save_total_limit: number; // 0: keep all
}
