// The model families, by `model_type`. ARCHITECTURE.md describes how to add one.

import { exaone4 } from "./exaone4.ts";
import type { ModelFamily } from "./family.ts";
import { gemma3 } from "./gemma3.ts";
import { gpt2 } from "./gpt2.ts";
import { granite } from "./granite.ts";
import { granite4 } from "./granite4.ts";
import { hunyuan } from "./hunyuan.ts";
import { llama } from "./llama.ts";
import { minicpm } from "./minicpm.ts";
import { mistral } from "./mistral.ts";
import { olmo2 } from "./olmo2.ts";
import { olmo3 } from "./olmo3.ts";
import { phi3 } from "./phi3.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";
import { smollm3 } from "./smollm3.ts";

export const FAMILIES: readonly ModelFamily[] = [
	llama,
	mistral,
	qwen2,
	qwen3,
	smollm3,
	granite,
	granite4,
	minicpm,
	olmo2,
	olmo3,
	exaone4,
	hunyuan,
	phi3,
	gemma3,
	gpt2,
];

export const KNOWN_MODEL_TYPES: readonly string[] = FAMILIES.map((family) => family.model_type);

/** The family of a `model_type` that `readModelConfig` has accepted. */
export function familyOf(model_type: string): ModelFamily {
	const family = FAMILIES.find((candidate) => candidate.model_type === model_type);
	if (family === undefined) throw new Error(`no family for model_type ${model_type}`);
	return family;
}
