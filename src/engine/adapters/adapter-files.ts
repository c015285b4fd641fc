// An adapter as its users load it, and back: one folder for one method, and for several a subfolder each, named after the
// method. To add a form: its name in part.ts, how it is read and written here.
import type { RunSettings } from "../api.ts";
import { TabTuneError } from "../errors.ts";
import {
	decodeToFloat32,
	FRESH_CONFIG,
	folderJson,
	type ModelFolder,
	type PeftFile,
	type PeftTensor,
	PROMPT_KEY,
	type PromptConfig,
	promptConfig,
	readPeftAdapter,
	readPromptAdapter,
	subFolder,
	writePromptAdapter,
} from "../formats/index.ts";
import type { LoadedModel } from "../models/load.ts";
import { adapterLayout, tensorsByForm } from "./layout.ts";
import type { AdapterForm, AdapterSettings } from "./part.ts";
import { type AdapterInHand, adapterFromPeft, loraFiles, settingsOfConfig } from "./peft-adapter.ts";
import { valuesOf } from "./trainable.ts";

const FORMS: readonly AdapterForm[] = ["lora", "prompt_tuning"];

/**
 * Reads an adapter's folder and lays it over the model.
 * @throws TabTuneError "adapter" for a missing or broken file, or one of another base; "not-yet" for another kind
 */
export async function readAdapterFolder(model: LoadedModel, folder: ModelFolder, name: string): Promise<AdapterInHand> {
	const names = await folder.list();
	const parts = FORMS.filter((form) => names.includes(`${form}/adapter_config.json`));
	const folders =
		names.includes("adapter_config.json") || parts.length === 0
			? [folder]
			: parts.map((form) => subFolder(folder, `${form}/`));
	let hand: AdapterInHand | null = null;
	for (const part of folders) {
		const { peft_type } = await folderJson(part, "adapter_config.json", "adapter");
		const where = folders.length > 1 ? part.name : name;
		const read: AdapterInHand =
			peft_type === "PROMPT_TUNING"
				? promptInHand(model, await readPromptAdapter(part), where)
				: adapterFromPeft(model, await readPeftAdapter(part), where);
		hand = hand === null ? read : joined(model, hand, read);
	}
	if (hand === null) throw new Error("an adapter has a folder");
	return hand;
}

/** The files of an adapter. */
export function exportAdapter(model: Pick<LoadedModel, "name" | "config">, hand: AdapterInHand): PeftFile[] {
	const forms = [...tensorsByForm(hand.layout).keys()];
	return forms.flatMap((form) => {
		const files = form === "lora" ? loraFiles(model, hand) : promptFiles(model, hand);
		return forms.length === 1 ? files : files.map(({ path, bytes }) => ({ path: `${form}/${path}`, bytes }));
	});
}

/** The settings of a run that an adapter fixes which the run goes on from. */
export function settingsFixedBy({ layout, config, prompt }: AdapterInHand): Partial<RunSettings> {
	return {
		method: layout.settings.method ?? "lora",
		...(config === null ? {} : settingsOfConfig(config)),
		...(prompt === undefined ? {} : settingsOfPrompt(prompt)),
	};
}

function settingsOfPrompt({ num_virtual_tokens, others }: PromptConfig) {
	const text = others.prompt_tuning_init === "TEXT" && typeof others.prompt_tuning_init_text === "string";
	return {
		num_virtual_tokens,
		prompt_tuning_init: text ? ("TEXT" as const) : ("RANDOM" as const),
		prompt_tuning_init_text: text ? (others.prompt_tuning_init_text as string) : null,
	};
}

/** LoRA's settings where LoRA takes no part: nothing reads them. */
const NO_LORA: AdapterSettings = { ...settingsOfConfig(FRESH_CONFIG), init_lora_weights: true, loraplus_lr_ratio: 1 };

function promptInHand(
	model: LoadedModel,
	{ config: prompt, tensor }: { readonly config: PromptConfig; readonly tensor: PeftTensor },
	where: string,
): AdapterInHand {
	const { width } = model.family.embedding(model.config);
	if (prompt.token_dim !== width)
		throw new TabTuneError("adapter", {
			what: `the prompt's vectors have ${prompt.token_dim} numbers, this model's embeddings ${width}`,
			where,
			next: `it was made for ${prompt.base_model_name_or_path ?? "another base"}; open that model (this one is ${model.name})`,
		});
	const layout = adapterLayout(model, { ...NO_LORA, method: "prompt_tuning", ...settingsOfPrompt(prompt) });
	const params = new Float32Array(layout.size);
	valuesOf(params, layout.tensors[0]).set(decodeToFloat32(tensor.bytes, tensor.dtype));
	return { layout, params, config: null, prompt, stored: [tensor] };
}

/** Two adapters of different methods as one. */
function joined(model: LoadedModel, first: AdapterInHand, second: AdapterInHand): AdapterInHand {
	const method = [first, second].map(({ layout }) => layout.settings.method ?? "lora").join("+");
	const { settings } = second.layout;
	const layout = adapterLayout(model, {
		...first.layout.settings,
		...(second.prompt === undefined ? settings : settingsOfPrompt(second.prompt)),
		method,
	});
	const params = new Float32Array(layout.size);
	const held = new Map(
		[first, second].flatMap(({ layout: { tensors }, params: flat }) =>
			tensors.map((tensor) => [tensor.name, valuesOf(flat, tensor)]),
		),
	);
	for (const tensor of layout.tensors) valuesOf(params, tensor).set(held.get(tensor.name) ?? []);
	return {
		layout,
		params,
		config: first.config ?? second.config,
		prompt: first.prompt ?? second.prompt,
		stored: [...(first.stored ?? []), ...(second.stored ?? [])],
	};
}

function promptFiles(
	model: Pick<LoadedModel, "name" | "config">,
	{ layout, params, config, prompt, stored }: AdapterInHand,
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
