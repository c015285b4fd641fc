// What crosses the worker about files for other programs. Part of api.ts, which the app imports.

import type { RunSettings } from "../shared/settings.ts";
import type { DataSource } from "./api-data.ts";

/** llama.cpp with the adapter beside its base or as one model, MLX, Ollama, vLLM, and the run itself for TRL. */
export type ExportRequest =
	| { target: "lora-gguf" | "mlx" | "ollama" | "vllm" }
	| { target: "merged-gguf"; dtype: "float32" | "float16" | "bfloat16" | "q8_0" }
	| { target: "export-trl"; settings: RunSettings; data: DataSource; heldOut: DataSource | number };

export interface ExportedFile {
	blob: Blob;
	/** ".gguf" or ".zip". */
	ending: string;
	/** What the program has to be told besides; null for nothing. */
	option: string | null;
}
