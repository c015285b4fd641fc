// Reads and writes the folder of an adapter. An adapter of one method is one folder; an adapter of several methods has a
// subfolder for each, named after the method.
import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage } from "../../shared/messages/adapters.en.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { RunSettings } from "../api.ts";
import {
	decodeToFloat32,
	folderJson,
	languageOf,
	type ModelFolder,
	subFolder,
	type TensorFile,
} from "../formats/index.ts";
import type { ChangedTensor, LoadedModel } from "../models/load.ts";
import {
	type BottleneckConfig,
	isMlxAdapter,
	type PeftFile,
	type PeftTensor,
	PROMPT_KEY,
	type PromptConfig,
	promptConfig,
	readBottleneck,
	readPeftAdapter,
	readPromptAdapter,
	writeBottleneck,
	writePromptAdapter,
} from "../peft/index.ts";
import type { Adapter, AdapterForm } from "./adapter.ts";
import { fullFiles, readFull } from "./full-files.ts";
import { adapterLayout, tensorsByForm } from "./layout.ts";
import { BOTTLENECK_NAME, readsStream } from "./methods/bottleneck.ts";
import { adapterFromPeft, loraFiles, NO_LORA, settingsOfConfig } from "./peft-adapter.ts";
import { type TrainableTensor, valuesOf } from "./trainable.ts";

/** The subfolders of an adapter of several methods. */
export const FORMS: readonly AdapterForm[] = ["lora", "prompt_tuning", "bottleneck"];

/** An adapter and the base that it is for, with the weights and tokens that its files change in the base. */
export interface OpenedAdapter {
	readonly model: LoadedModel;
	readonly adapter: Adapter;
}

/**
 * As `openAdapterFolder`, for uses of a base that several adapters share.
 * @throws TabTuneError "adapter" if the weights of the adapter's base differ from those of the model
 */
export async function readAdapterFolder(model: LoadedModel, folder: ModelFolder, name: string): Promise<Adapter> {
	return overSameWeights(await openParts(model.changes?.base ?? model, folder, name), model, name);
}

/** The adapter, if it is for the weights that the model has. @throws TabTuneError "adapter" if not */
export function overSameWeights(opened: OpenedAdapter, model: LoadedModel, name: string): Adapter {
	if (sameWeights(opened.model, model)) return opened.adapter;
	throw new TabTuneError("adapter", {
		what: adaptersMessage(sameWeights(model, model.changes?.base ?? model) ? "changesBase" : "otherChanges"),
		where: name,
		next: adaptersMessage("changesBase.next"),
	});
}

/**
 * Reads an adapter's folder and lays it over the model.
 * @throws TabTuneError "adapter" for a missing or broken file, or for an adapter of another base; "not-yet" for another kind
 */
export async function openAdapterFolder(given: LoadedModel, folder: ModelFolder, name: string): Promise<OpenedAdapter> {
	const { model: changed, adapter } = await openParts(given.changes?.base ?? given, folder, name);
	const { model, warnings } = await withLanguageOf(changed, folder);
	return {
		model: sameChanges(model, given) ? given : model,
		adapter: warnings.length === 0 ? adapter : { ...adapter, warnings: [...(adapter.warnings ?? []), ...warnings] },
	};
}

/** The model with the tokenizer and the chat template of an adapter's folder. */
export async function withLanguageOf(
	model: LoadedModel,
	adapter: ModelFolder,
): Promise<{ readonly model: LoadedModel; readonly warnings: readonly Message[] }> {
	const language = await languageOf(model.folder, adapter);
	if (language === null) return { model, warnings: [] };
	const { folder, texts } = language;
	const { base, tensors } = model.changes ?? { base: model, tensors: new Map() };
	const warnings = [adaptersMessage("ownLanguage", { folder: adapter.name })];
	return { model: { ...model, folder, changes: { base, tensors, texts } }, warnings };
}

/** The adapter over its base, with the weights that its files change there. */
async function openParts(base: LoadedModel, folder: ModelFolder, name: string): Promise<OpenedAdapter> {
	let model = base;
	const names = await folder.list();
	if (names.includes("model.safetensors") && !names.includes("adapter_config.json"))
		return { model, adapter: await readFull(model, folder, name) };
	const gguf = names.find((path) => /\.gguf$/i.test(path));
	if (gguf !== undefined && !names.includes("adapter_config.json")) {
		const { readLoraGguf } = await import("./lora-gguf-read.ts");
		return { model, adapter: adapterFromPeft(model, await readLoraGguf(model, folder, gguf), name) };
	}
	const parts = FORMS.filter((form) => names.includes(`${form}/adapter_config.json`));
	const folders =
		names.includes("adapter_config.json") || parts.length === 0
			? [folder]
			: parts.map((form) => subFolder(folder, `${form}/`));
	let adapter: Adapter | null = null;
	for (const part of folders) {
		const settings = await folderJson(part, "adapter_config.json", "adapter");
		const { peft_type, config } = settings;
		const where = folders.length > 1 ? part.name : name;
		const read: Adapter =
			peft_type === undefined && isMlxAdapter(await part.list(), settings)
				? await mlxAdapter(model, part, where)
				: peft_type === "PROMPT_TUNING"
					? promptAdapter(model, await readPromptAdapter(part), where)
					: peft_type === undefined && config !== undefined
						? await bottleneckAdapter(model, await readBottleneck(part), where)
						: await loraAdapter(part, where);
		adapter = adapter === null ? read : joined(model, adapter, read);
	}
	if (adapter === null) throw new Error("an adapter has a folder");
	return { model, adapter };

	async function loraAdapter(part: ModelFolder, where: string): Promise<Adapter> {
		const read = await readPeftAdapter(part);
		const { adapterOnBase } = await import("./adapter-base.ts");
		const onBase = await adapterOnBase(model, read, folder, where);
		model = onBase.model;
		const lora = adapterFromPeft(model, onBase.peft, where);
		const frozen = new Float32Array(lora.layout.frozen.size);
		const { weightValues } = await import("../models/upload.ts");
		for (const method of lora.layout.parts) await method.original?.(frozen, (weight) => weightValues(model, weight));
		return { ...lora, frozen, stored: read.tensors, warnings: [...(lora.warnings ?? []), ...onBase.warnings] };
	}
}

/** Whether two models over one base have the same weights. */
function sameWeights(a: LoadedModel, b: LoadedModel): boolean {
	if ((a.changes?.base ?? a).files !== (b.changes?.base ?? b).files) return false;
	const [mine, others] = [a, b].map(({ changes }) => changes?.tensors ?? new Map<string, ChangedTensor>());
	const equal = (x: Uint8Array, y: Uint8Array | undefined) =>
		x.length === y?.length && x.every((byte, i) => byte === y[i]);
	return mine.size === others.size && [...mine].every(([name, { bytes }]) => equal(bytes, others.get(name)?.bytes));
}

/** Whether two models over one base have the same weights and tokens. */
export const sameChanges = (a: LoadedModel, b: LoadedModel): boolean =>
	tokensOf(a) === tokensOf(b) && sameWeights(a, b);

const tokensOf = ({ changes }: LoadedModel): string => JSON.stringify([changes?.texts ?? {}, changes?.newTokens ?? []]);

async function mlxAdapter(model: LoadedModel, folder: ModelFolder, where: string): Promise<Adapter> {
	const { readMlxAdapter } = await import("../peft/mlx-files.ts");
	const { linearModules, head, embedding } = model.family;
	const ends = [embedding(model.config), head(model.config)] as const;
	const paths = [...linearModules(model.config), ...ends].map(({ path }) => path);
	const tied = ends[1].weight === undefined ? null : { embedding: ends[0].path, head: ends[1].path };
	return adapterFromPeft(model, await readMlxAdapter(folder, paths, tied), where);
}

/** Builds the files of a training result: an adapter, or a model with float32 weights after full fine-tuning. */
export async function exportAdapter(model: LoadedModel, adapter: Adapter): Promise<PeftFile[]> {
	return tensorsByForm(adapter.layout).has("full") ? fullFiles(model, adapter) : adapterFiles(model, adapter);
}

/** The properties of the base that an adapter's files state. */
type AdaptedModel = Pick<LoadedModel, "name" | "family" | "config"> & Partial<Pick<LoadedModel, "changes">>;

/** Builds the files of an adapter that is used with its base. */
export function adapterFiles(model: AdaptedModel, adapter: Adapter): PeftFile[] {
	const forms = [...tensorsByForm(adapter.layout).keys()].filter((form) => form !== "full");
	const files = forms.flatMap((form) => {
		const written = WRITERS[form](model, adapter);
		return forms.length === 1 ? written : written.map(({ path, bytes }) => ({ path: `${form}/${path}`, bytes }));
	});
	const texts = Object.entries(model.changes?.texts ?? {});
	return [...files, ...texts.map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }))];
}

const WRITERS: Readonly<Record<Exclude<AdapterForm, "full">, (model: AdaptedModel, adapter: Adapter) => PeftFile[]>> = {
	lora: loraFiles,
	prompt_tuning: promptFiles,
	bottleneck: bottleneckFiles,
};

/** The settings that a run inherits from the adapter that it continues. */
export function settingsFixedBy({ layout, config, prompt, bottleneck }: Adapter): Partial<RunSettings> {
	return {
		method: layout.methods.join("+"),
		...(config === null ? {} : settingsOfConfig(config)),
		...(prompt === undefined ? {} : settingsOfPrompt(prompt)),
		...(bottleneck === undefined ? {} : settingsOfBottleneck(bottleneck)),
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

function settingsOfBottleneck(config: BottleneckConfig) {
	const { mh_adapter, output_adapter, reduction_factor, non_linearity } = config;
	return { mh_adapter, output_adapter, reduction_factor, non_linearity };
}

function promptAdapter(
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

async function bottleneckAdapter(
	model: LoadedModel,
	{ config: bottleneck, file }: { readonly config: BottleneckConfig; readonly file: TensorFile },
	where: string,
): Promise<Adapter> {
	const { original_ln_before } = bottleneck;
	const settings = { ...NO_LORA, method: "bottleneck", ...settingsOfBottleneck(bottleneck), original_ln_before };
	const layout = adapterLayout(model, settings);
	const params = new Float32Array(layout.size);
	const unread = new Set(file.tensors.keys());
	const next = adaptersMessage("otherBase.next", {
		base: bottleneck.model_name || adaptersMessage("anotherBase"),
		model: model.name,
	});
	for (const tensor of layout.tensors) {
		const key = storedName(tensor, bottleneck.name);
		const [stored, needed] = [file.tensors.get(key), storedShape(tensor).join(", ")];
		if (stored?.shape.join(", ") !== needed)
			throw new TabTuneError("adapter", {
				what:
					stored === undefined
						? adaptersMessage("missing", { name: key })
						: adaptersMessage("neededShape", { key, shape: stored.shape.join(", "), needed }),
				where,
				next,
			});
		valuesOf(params, tensor).set(decodeToFloat32(await file.readTensor(key), stored.dtype));
		unread.delete(key);
	}
	const [extra] = unread;
	if (extra !== undefined)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("extraTensor", { name: extra }),
			where,
			next,
		});
	return { layout, params, config: null, bottleneck, stored: null };
}

/** The name of a tensor in the file of an adapter with another name. */
const storedName = ({ name }: TrainableTensor, adapter: string): string =>
	name.replace(`.adapters.${BOTTLENECK_NAME}.`, `.adapters.${adapter}.`);

/** Biases are vectors in the file. */
const storedShape = ({ name, shape }: TrainableTensor): readonly number[] =>
	name.endsWith(".bias") ? [shape[0]] : shape;

function bottleneckFiles(
	model: Pick<LoadedModel, "name" | "config">,
	{ layout, params, config, bottleneck }: Adapter,
): PeftFile[] {
	const { settings } = layout;
	const { mh_adapter = false, output_adapter = false, reduction_factor = 1, non_linearity = "relu" } = settings;
	const fileConfig = bottleneck ?? {
		name: BOTTLENECK_NAME,
		hidden_size: model.config.hidden_size,
		mh_adapter,
		output_adapter,
		original_ln_before: readsStream(settings),
		reduction_factor,
		non_linearity,
		model_name: config?.base_model_name_or_path ?? model.name,
		model_type: model.config.model_type,
	};
	return writeBottleneck(
		fileConfig,
		(tensorsByForm(layout).get("bottleneck") ?? []).map((tensor) => ({
			name: storedName(tensor, fileConfig.name),
			shape: storedShape(tensor),
			values: valuesOf(params, tensor),
		})),
	);
}

/** Joins two adapters of different methods into one. */
function joined(model: LoadedModel, first: Adapter, second: Adapter): Adapter {
	const method = [...first.layout.methods, ...second.layout.methods].join("+");
	const { settings } = second.layout;
	const layout = adapterLayout(model, {
		...first.layout.settings,
		...(second.prompt === undefined ? {} : settingsOfPrompt(second.prompt)),
		...(second.bottleneck === undefined
			? {}
			: { ...settingsOfBottleneck(second.bottleneck), original_ln_before: settings.original_ln_before }),
		method,
	});
	const params = new Float32Array(layout.size);
	const stored = new Map(
		[first, second].flatMap(({ layout: { tensors }, params: flat }) =>
			tensors.map((tensor) => [tensor.name, valuesOf(flat, tensor)]),
		),
	);
	for (const tensor of layout.tensors) valuesOf(params, tensor).set(stored.get(tensor.name) ?? []);
	return {
		layout,
		params,
		config: first.config ?? second.config,
		prompt: first.prompt ?? second.prompt,
		bottleneck: first.bottleneck ?? second.bottleneck,
		stored: first.stored === null ? null : [...first.stored, ...(second.stored ?? [])],
	};
}

function promptFiles(
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
