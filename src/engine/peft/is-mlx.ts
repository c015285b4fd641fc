// Recognises an adapter folder of mlx-lm. mlx-files.ts, which is loaded on demand, reads it.
import type { JsonObject } from "../../shared/json.ts";

export const MLX_FILE = "adapters.safetensors";

/** Whether a folder is an adapter of mlx-lm. @param config its adapter_config.json */
export const isMlxAdapter = (names: readonly string[], config: JsonObject): boolean =>
	names.includes(MLX_FILE) || config.lora_parameters !== undefined || config.fine_tune_type !== undefined;
