// Reads and writes the folder of an adapter. An adapter of one method is one folder; an adapter of several methods has a
// subfolder for each, named after the method.
import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { RunSettings } from "../api.ts";
import { folderJson, languageOf, type ModelFolder, subFolder } from "../formats/index.ts";
import type { ChangedTensor, LoadedModel } from "../models/load.ts";
import { isMlxAdapter, type PeftFile, readBottleneck, readPeftAdapter, readPromptAdapter } from "../peft/index.ts";
import type { Adapter, AdapterForm } from "./adapter.ts";
import { bottleneckAdapter, bottleneckFiles, settingsOfBottleneck } from "./bottleneck-files.ts";
import { fullFiles, readFull } from "./full-files.ts";
import { adapterLayout, tensorsByForm } from "./layout.ts";
import { adapterFromPeft, loraFiles, settingsOfConfig } from "./peft-adapter.ts";
import { promptAdapter, promptFiles, settingsOfPrompt } from "./prompt-files.ts";
import { valuesOf } from "./trainable.ts";

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
