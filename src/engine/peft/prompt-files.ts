// Reads and writes PEFT's folder of prompt tuning: adapter_config.json with peft_type PROMPT_TUNING and the tensor
// prompt_embeddings, as PEFT 0.21 does (peft/tuners/prompt_tuning/config.py, peft/utils/save_and_load.py).
import { TabTuneError } from "../../shared/errors.ts";
import type { JsonObject } from "../../shared/json.ts";
import { modelsMessage, peftMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";
import { isCount, isString, orNull } from "../formats/checks.ts";
import { wrongValue } from "../formats/config-keys.ts";
import { pythonJson } from "../formats/json.ts";
import { type ModelFolder, requiredText } from "../formats/model-folder.ts";
import {
	adapterTensorFile,
	type PeftFile,
	type PeftTensor,
	readAdapterTensors,
	type TensorValues,
} from "./lora-files.ts";
import { PROMPT_KEY } from "./prompt-key.ts";

/** The keys of peft.PromptTuningConfig that are used; the rest are kept in `others`. */
export interface PromptConfig {
	readonly base_model_name_or_path: string | null;
	readonly num_virtual_tokens: number;
	readonly token_dim: number;
	readonly others: Readonly<Record<string, unknown>>;
}

/** peft.PromptTuningConfig as PEFT 0.21.2 saves it. */
const PEFT_DEFAULTS: JsonObject = {
	auto_mapping: null,
	base_model_name_or_path: null,
	inference_mode: true,
	modules_to_save: null,
	num_attention_heads: null,
	num_layers: null,
	num_transformer_submodules: 1,
	num_virtual_tokens: null,
	peft_type: "PROMPT_TUNING",
	peft_version: "0.21.2",
	prompt_tuning_init: "RANDOM",
	prompt_tuning_init_text: null,
	revision: null,
	task_type: "CAUSAL_LM",
	token_dim: null,
	tokenizer_kwargs: null,
	tokenizer_name_or_path: null,
};

/** Reads the folder of a prompt. @throws TabTuneError "adapter" for a missing or broken file */
export async function readPromptAdapter(folder: ModelFolder): Promise<{ config: PromptConfig; tensor: PeftTensor }> {
	const config = parsePromptConfig(
		await requiredText(folder, "adapter_config.json", "adapter"),
		`${folder.name}/adapter_config.json`,
	);
	const [tensor, ...more] = await readAdapterTensors(folder);
	const shape = [config.num_virtual_tokens, config.token_dim];
	if (more.length > 0 || tensor.key !== PROMPT_KEY || tensor.shape.join() !== shape.join())
		throw new TabTuneError("adapter", {
			what: peftMessage("promptTensor", {
				key: tensor.key,
				shape: tensor.shape.join(", "),
				prompt: PROMPT_KEY,
				needed: shape.join(", "),
			}),
			where: `${folder.name}/adapter_model.safetensors`,
			next: peftMessage("mismatchedFiles.next"),
		});
	return { config, tensor };
}

/** Builds the files of a prompt. */
export function writePromptAdapter(config: PromptConfig, tensor: TensorValues): PeftFile[] {
	return [
		adapterTensorFile([tensor]),
		{ path: "adapter_config.json", bytes: new TextEncoder().encode(promptConfigJson(config)) },
	];
}

/** @throws TabTuneError "adapter" naming the key that is missing or wrong */
function parsePromptConfig(text: string, where: string): PromptConfig {
	const raw = parseJsonObject(text, where, "adapter");
	const all: JsonObject = { ...PEFT_DEFAULTS, ...raw };
	const take = <T>(key: string, is: (value: unknown) => value is T, needed: Message): T => {
		const value = all[key];
		if (is(value)) return value;
		throw new TabTuneError("adapter", {
			what: wrongValue(key, value, needed),
			where,
			next: peftMessage("adapter.next"),
		});
	};
	// A model with an encoder and a decoder has two submodules.
	if (all.num_transformer_submodules !== 1 || ((all.modules_to_save as unknown[] | null) ?? []).length > 0)
		throw new TabTuneError("not-yet", {
			what: peftMessage("promptKind"),
			where,
			next: peftMessage("promptKind.next"),
		});
	const read = {
		base_model_name_or_path: take("base_model_name_or_path", orNull(isString), modelsMessage("aName")),
		num_virtual_tokens: take("num_virtual_tokens", isCount, modelsMessage("count")),
		token_dim: take("token_dim", isCount, modelsMessage("count")),
	};
	return { ...read, others: Object.fromEntries(Object.entries(all).filter(([key]) => !(key in read))) };
}

/** Creates a configuration. @param init as in peft.PromptTuningConfig; with TEXT, the tokenizer's name is the base's */
export function promptConfig(
	base: string,
	shape: { readonly num_virtual_tokens: number; readonly token_dim: number },
	model: { readonly num_attention_heads: number; readonly num_layers: number },
	init: { readonly prompt_tuning_init: "RANDOM" | "TEXT"; readonly prompt_tuning_init_text: string | null },
): PromptConfig {
	const text = init.prompt_tuning_init === "TEXT";
	return {
		base_model_name_or_path: base,
		...shape,
		others: {
			...PEFT_DEFAULTS,
			...model,
			prompt_tuning_init: init.prompt_tuning_init,
			prompt_tuning_init_text: text ? init.prompt_tuning_init_text : null,
			tokenizer_name_or_path: text ? base : null,
		},
	};
}

/** adapter_config.json as PEFT writes it. */
function promptConfigJson({ others, ...read }: PromptConfig): string {
	return pythonJson({ ...others, ...read, inference_mode: true } as JsonObject);
}
