// Types of `EngineApi.exportFor`: adapters, models and runs exported for other programs.

import type { GgufDType } from "../shared/gguf-dtypes.ts";
import type { RunSettings } from "../shared/settings.ts";
import type { DataSource } from "./api-data.ts";

/**
 * What to export.
 * - lora-gguf: the adapter for llama.cpp's `--lora`
 * - merged-gguf: the merged model for llama.cpp
 * - mlx, ollama, vllm: the adapter in that program's format
 * - export-trl: the training run as a TRL script
 */
export type ExportRequest =
	| { target: "lora-gguf" | "mlx" | "vllm" }
	| { target: "merged-gguf" | "ollama"; dtype: GgufDType }
	| { target: "export-trl"; settings: RunSettings; data: DataSource; heldOut: DataSource | number };

/** A file to download. */
export interface ExportedFile {
	blob: Blob;
	/** File extension: ".gguf" or ".zip". */
	ending: string;
	/** A command-line option that the program needs to use the file; null if none. */
	option: string | null;
}
