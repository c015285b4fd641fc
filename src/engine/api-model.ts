// Types of the device and of models: the GPU, what to load, and the loaded model.
import type { Message } from "../shared/messages/message.ts";
import type { NamedFile } from "./api-hub.ts";
import type { CostEstimate } from "./api-runs.ts";

/** The GPU in use. */
export interface DeviceInfo {
	vendor: string;
	architecture: string;
	description: string;
	/** True for software renderers such as SwiftShader and lavapipe, which are correct but slow. */
	software: boolean;
	maxBufferSize: number; // bytes
	maxStorageBufferBindingSize: number; // bytes
	features: string[];
}

/**
 * Precision of the frozen base on the GPU: "auto" keeps the dtypes of the file, "float32" converts to floats, the others
 * quantise the linear layers.
 */
export type BaseDType = "auto" | "float32" | "int8" | "nf4";

/** A model to load: the bundled one, the files of a folder, or a model stored on this device. */
export type ModelSource = ({ kind: "demo" } | { kind: "files"; name: string; files: NamedFile[] } | KeptSource) & {
	/** Defaults to "auto". */
	dtype?: BaseDType;
};

/** A model that was downloaded; `key` is the key of its record (`KeptModel`). */
interface KeptSource {
	kind: "kept";
	name: string;
	key: string;
}

/** Facts about a model, read from its configuration and file headers without loading the weights. */
export interface ModelFacts {
	name: string;
	model_type: string;
	parameters: number;
	weightBytes: number; // on the GPU
	dtype: ModelInfo["dtype"];
	/** From the front matter of the model's README; null if absent. */
	license: string | null;
	/** Whether the base and a typical LoRA run fit into this device's memory. */
	fits: CostEstimate["fits"];
}

/** The loaded model. */
export interface ModelInfo {
	/** Written to adapter_config.json as base_model_name_or_path. */
	name: string;
	/** License of the weights, from the model's README; null if absent. */
	license: string | null;
	model_type: string;
	parameters: number;
	/** GPU memory of the frozen weights, in bytes. */
	weightBytes: number;
	/** "gguf": linear layers in several GGUF block types, as in the file. */
	dtype: "float32" | "bfloat16" | "mixed" | "gguf" | "int8" | "nf4" | "q8_0" | "q4_0";
	hidden_size: number;
	num_hidden_layers: number;
	vocab_size: number;
	max_position_embeddings: number;
	hasChatTemplate: boolean;
	/** Module suffixes that LoRA can target, in model order: "q_proj" … "down_proj". */
	linearModules: string[];
	/** The highest LoRA rank of each of them: its smaller side. */
	rankLimits: Record<string, number>;
	/** What is unusual about the files. */
	warnings: Message[];
}

/** Progress of loading a model. */
export interface LoadProgress {
	stage: "read" | "upload" | "compile" | "tune";
	done: number;
	total: number; // same unit as `done`; 0 if unknown
}
