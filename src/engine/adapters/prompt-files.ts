// Reads and writes the folder of a prompt tuning adapter.
import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import { decodeToFloat32 } from "../formats/index.ts";
import type { LoadedModel } from "../models/load.ts";
import {
	type PeftFile,
	type PeftTensor,
	PROMPT_KEY,
	type PromptConfig,
	promptConfig,
	writePromptAdapter,
} from "../peft/index.ts";
import type { Adapter } from "./adapter.ts";
import { adapterLayout, tensorsByForm } from "./layout.ts";
import { NO_LORA } from "./peft-adapter.ts";
import { valuesOf } from "./trainable.ts";

export function settingsOfPrompt({ num_virtual_tokens, others }: PromptConfig) {
	const text = others.prompt_tuning_init === "TEXT" && typeof others.prompt_tuning_init_text === "string";
	return {
		num_virtual_tokens,
		prompt_tuning_init: text ? ("TEXT" as const) : ("RANDOM" as const),
		prompt_tuning_init_text: text ? (others.prompt_tuning_init_text as string) : null,
	};
}

export function promptAdapter(
	model: LoadedModel,
	{ config: prompt, tensor }: { readonly config: PromptConfig; readonly tensor: PeftTensor },
	where: string,
): Adapter {
	const { width } = model.family.embedding(model.config);
	if (prompt.token_dim !== width)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("promptWidth", { width: prompt.token_dim, expected: width }),
			where,
			next: adaptersMessage("otherBase.next", {
				base: prompt.base_model_name_or_path ?? adaptersMessage("anotherBase"),
				model: model.name,
			}),
		});
	const layout = adapterLayout(model, { ...NO_LORA, method: "prompt_tuning", ...settingsOfPrompt(prompt) });
	const params = new Float32Array(layout.size);
	valuesOf(params, layout.tensors[0]).set(decodeToFloat32(tensor.bytes, tensor.dtype));
	return { layout, params, config: null, prompt, stored: [tensor] };
}

export function promptFiles(
	model: Pick<LoadedModel, "name" | "config">,
	{ layout, params, config, prompt, stored }: Adapter,
): PeftFile[] {
	const [table] = tensorsByForm(layout).get("prompt_tuning") ?? [];
	const [num_virtual_tokens, token_dim] = table.shape;
	const { num_attention_heads, num_hidden_layers: num_layers } = model.config;
	const { prompt_tuning_init = "RANDOM", prompt_tuning_init_text = null } = layout.settings;
	const fresh = promptConfig(
		config?.base_model_name_or_path ?? model.name,
		{ num_virtual_tokens, token_dim },
		{ num_attention_heads, num_layers },
		{ prompt_tuning_init, prompt_tuning_init_text },
	);
	const kept = stored?.find(({ key }) => key === PROMPT_KEY);
	return writePromptAdapter(
		prompt ?? fresh,
		kept ?? { key: PROMPT_KEY, shape: table.shape, values: valuesOf(params, table) },
	);
}
