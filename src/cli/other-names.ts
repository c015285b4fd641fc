// Names that other tools have for our settings and options, and settings of theirs that are not supported or have no effect
// here: TRL, PEFT, axolotl, LLaMA-Factory, Unsloth, mlx-lm and torchtune.

/** Our name, or our names in order of preference, by the names of other tools. */
const OTHER_NAMES: ReadonlyMap<string, readonly string[]> = new Map(
	Object.entries({
		r: "lora_r lora_rank rank lora_dim lora_r_value",
		lora_alpha: "alpha lora_scale",
		lora_dropout: "dropout",
		target_modules: "lora_target lora_targets lora_target_modules lora_target_linear lora_layers modules",
		modules_to_save: "lora_modules_to_save additional_target",
		use_rslora: "rslora peft_use_rslora lora_use_rslora",
		use_dora: "dora peft_use_dora",
		init_lora_weights: "peft_init_lora_weights pissa_init init_lora lora_init",
		loraplus_lr_ratio: "lora_plus loraplus",
		layers_to_transform: "peft_layers_to_transform num_layers lora_layers_to_transform",
		learning_rate: "lr rate",
		lr_scheduler_type: "lr_scheduler scheduler lr_schedule scheduler_type schedule",
		warmup_steps: "warmup num_warmup_steps warmup_iters",
		weight_decay: "wd",
		max_grad_norm: "clip grad_clip clip_grad gradient_clipping gradient_clip_val max_norm grad_norm",
		max_steps: "steps iters max_iters train_steps iterations",
		num_train_epochs: "epoch epochs num_epochs n_epochs max_epochs train_epochs",
		per_device_train_batch_size:
			"batch batch_size micro_batch_size train_batch_size per_device_batch_size per_gpu_train_batch_size bs",
		gradient_accumulation_steps: "grad_accum grad_accumulation_steps gradient_accumulation accumulate_grad_batches",
		max_length: "max_seq_length max_seq_len seq_length seq_len sequence_len cutoff_len model_max_length context_length",
		packing: "sample_packing pack",
		assistant_only_loss: "train_on_responses_only assistant_loss_only",
		completion_only_loss: "mask_prompt train_on_inputs train_on_prompt",
		seed: "random_seed random_state",
		shuffle: "shuffle_dataset",
		beta: "pref_beta dpo_beta rl_beta",
		loss_type: "pref_loss",
		eval_strategy: "evaluation_strategy",
		eval_steps: "eval_interval steps_per_eval eval_every",
		early_stopping_patience: "early_stopping early_stopping_rounds patience",
		save_steps: "save_interval save_every checkpoint_every",
		save_total_limit: "save_limit keep_checkpoints",
		adam_beta1: "beta1",
		adam_beta2: "beta2",
		adam_epsilon: "eps epsilon adam_eps",
		num_virtual_tokens: "num_tokens virtual_tokens prompt_length",
		"output-dir": "output out out_dir outdir output_path save_path adapter_path save_dir",
		model: "model_name model_name_or_path model_id model_path base_model base pretrained_model_name_or_path",
		adapter: "adapter_name_or_path lora lora_path peft_model adapters lora_model_dir",
		dtype: "torch_dtype load_in_4bit load_in_8bit quantization_bit quantization quantize",
		"train-file data file": "dataset dataset_name train_data training_data training_file data_path dataset_path train",
		"eval-file data": "valid valid_file val_file validation_file eval_data eval_dataset test_file test",
		"resume-from-checkpoint": "resume resume_from checkpoint resume_from_checkpoint_path resume_adapter_file",
		"max-new-tokens": "max_tokens num_predict n_predict",
		temperature: "temp",
		"top-p": "nucleus",
		to: "format target",
	}).flatMap(([ours, others]) =>
		others.split(" ").map((name) => [name, ours.split(" ").map((our) => our.replaceAll("_", "-"))] as const),
	),
);

/** Settings of TRL, transformers and PEFT that change the training and are not supported. */
const UNSUPPORTED =
	/^(neftune_noise_alpha|noise_alpha|label_smoothing_factor|optim|optimizer|optim_args|truncation_mode|padding_free|packing_strategy|eval_packing|max_prompt_length|max_completion_length|precompute_ref_log_probs|ref_model\w*|sync_ref_model|rpo_alpha|ld_alpha|cosine_min_lr_ratio|exclude_modules|layers_pattern|lora_bias|ensure_weight_tying|alora_invocation_tokens|trainable_token_indices|target_parameters|layer_replication|megatron_\w+|eva_config|corda_config|loftq_config|loftq_init|dataset_text_field|chat_template|chat_template_path|eos_token|pad_token|formatting_func|dataset_kwargs|activation_offloading|use_liger_kernel|reward_\w+|use_weighting|f_divergence_\w+|f_alpha_divergence_coef|label_names)$/;

/** Settings that say where and how a run computes and reports, which is not a matter of the result. */
const NO_EFFECT =
	/^(logging_\w+|log_level\w*|report_to|run_name|disable_tqdm|bf16\w*|fp16\w*|tf32|half_precision_backend|gradient_checkpointing\w*|use_cache|dataloader_\w+|dataset_num_proc|preprocessing_num_workers|overwrite_\w+|push_to_hub\w*|hub_\w+|remove_unused_columns|ddp_\w+|deepspeed|fsdp\w*|torch_compile\w*|use_cpu|no_cuda|local_rank|per_device_eval_batch_size|eval_accumulation_steps|auto_find_batch_size|full_determinism|data_seed|include_\w+|do_train|do_eval|do_predict|save_safetensors|save_only_model|eval_on_start|average_tokens_across_devices|flash_attention|flash_attn|attn_implementation|use_reentrant|wandb_\w+|plot_loss|accelerator_config|restore_callback_states_from_checkpoint|ignore_data_skip|skip_memory_metrics|task_type|peft_type|peft_version|auto_mapping|revision|inference_mode|base_model_name_or_path|output_dir|fan_in_fan_out|stage|finetuning_type|template)$/;

/** Values of unsupported settings that ask for what happens anyway. */
const USUAL_VALUES: Readonly<Record<string, RegExp>> = {
	optim: /^adamw(_hf|_torch|_torch_fused)?$/,
	optimizer: /^adamw(_torch|_torch_fused)?$/,
	truncation_mode: /^keep_start$/,
	packing_strategy: /^bfd$/,
	dataset_text_field: /^text$/,
	f_divergence_type: /^reverse_kl$/,
	f_alpha_divergence_coef: /^0\.5$/,
};

const snake = (name: string): string => name.replace(/^no-/, "").replaceAll("-", "_").toLowerCase();

/** Which of our `names` another tool's name stands for; null if it is unknown. */
export function ourName(name: string, names: readonly string[]): string | null {
	const own = OTHER_NAMES.get(snake(name))?.map((our) => (names.includes(our) ? our : our.replaceAll("-", "_")));
	return own?.find((our) => names.includes(our)) ?? null;
}

/** Whether a name is a setting of another tool that is not supported, or one that has no effect here. */
export function foreignSetting(name: string): "unsupported" | "no-effect" | null {
	if (UNSUPPORTED.test(snake(name))) return "unsupported";
	return NO_EFFECT.test(snake(name)) ? "no-effect" : null;
}

/** Whether a setting of another tool can be ignored: it has no effect here, or its value requests what happens anyway. */
export function canPassOver(name: string, value: unknown): boolean {
	const kind = foreignSetting(name);
	if (kind === "no-effect") return true;
	if (kind === null) return false;
	return value === null || value === false || value === 0 || USUAL_VALUES[snake(name)]?.test(String(value)) === true;
}
