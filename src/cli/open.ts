// Opens the model, the adapter and the GPU of a command. Files are checked before the GPU is requested, so that
// invalid input is reported immediately.

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Adapter } from "../engine/adapters/adapter.ts";
import { type OpenedAdapter, openAdapterFolder } from "../engine/adapters/adapter-files.ts";
import type { ChatTemplate } from "../engine/data/chat-template.ts";
import type { Tokenizer } from "../engine/data/tokenizer.ts";
import { Gpu } from "../engine/device/gpu.ts";
import { nodeAgent, nodeGpu } from "../engine/device/node-gpu.ts";
import { type Checksums, folderJson, languageOf, type ModelFolder, verifyChecksums } from "../engine/formats/index.ts";
import { NetworkError } from "../engine/hub/index.ts";
import { QUANTISED_FORMATS } from "../engine/kernels/weight-format.ts";
import { ggufInFolder, isGgufName } from "../engine/models/gguf/in-folder.ts";
import { type BaseDType, type LoadedModel, openModelFiles } from "../engine/models/load.ts";
import { storeIn } from "../engine/train/device-tuning.ts";
import { withNewTokens } from "../engine/train/new-tokens.ts";
import { type ModelRuntime, startRuntime, uploadAdapter } from "../engine/train/runtime.ts";
import { openTextProcessor, readTextProcessor, type TextProcessor } from "../engine/train/text-processor.ts";
import type { TabTuneError } from "../shared/errors.ts";
import { formatMebibytes } from "../shared/format-bytes.ts";
import { adaptersMessage } from "../shared/messages/index.ts";
import { textOf as messageText } from "../shared/messages/message.ts";
import { need, type ParsedArgs, text } from "./args.ts";
import { cliError } from "./cli-error.ts";
import { tuningFolder } from "./disk-cache.ts";
import { diskStorage } from "./disk-storage.ts";
import { hubModel, mayBeRemote } from "./hub-model.ts";
import { missingPath } from "./near-path.ts";
import { diskFolder, exists, ggufFile, isFolder } from "./node-files.ts";
import { say } from "./output.ts";
import { adapterFolder } from "./trained.ts";

const DTYPES: readonly string[] = ["auto", "float32", "bfloat16", ...QUANTISED_FORMATS];

/** The model of --model and --dtype, opened and checked; its warnings are printed. */
export async function openModel(args: ParsedArgs): Promise<LoadedModel> {
	const model = await modelOf(args);
	for (const warning of model.warnings) say(`warning: ${messageText(warning)}`);
	return model;
}

/** What encoding text needs of a model. */
export interface RowModel {
	readonly tokenizer: Tokenizer;
	readonly template: ChatTemplate | null;
	readonly vocab_size: number;
	/** The longest input of the model; infinite where no config.json states it. */
	readonly max_position_embeddings: number;
}

/**
 * The tokenizer of --model, which may be a folder without weights or without config.json, or the one in the folder of
 * --adapter.
 */
export async function openRowModel(args: ParsedArgs): Promise<RowModel> {
	const path = text(args, "adapter");
	const adapter = path === undefined ? null : await adapterFolder(path);
	const name = need(args, "model");
	const names = (await isFolder(name)) ? await (await diskFolder(name)).list() : null;
	if (names === null || (names.includes("config.json") && names.some((path) => path.endsWith(".safetensors")))) {
		const model = await openModel(args);
		if (adapter === null) return { ...(await processorOf(model)), ...model.config };
		// Tokens that the adapter adds to the vocabulary are known from its weights.
		const opened = await openAdapterFolder(model, adapter, adapter.name);
		sayWarnings(opened.adapter);
		return { ...(await processorOf(opened.model)), ...opened.model.config };
	}
	const own = await diskFolder(name);
	const language = adapter === null ? null : await languageOf(own, adapter);
	if (language !== null)
		say(`warning: ${messageText(adaptersMessage("ownLanguage", { folder: adapter?.name ?? "" }))}`);
	const folder = language?.folder ?? own;
	const config = names.includes("config.json") ? await folderJson(folder, "config.json") : {};
	const processor = await readTextProcessor(folder);
	const number = (key: string, fallback: number) => (typeof config[key] === "number" ? config[key] : fallback);
	return {
		...processor,
		vocab_size: number("vocab_size", processor.tokenizer.vocabSize),
		max_position_embeddings: number("max_position_embeddings", Number.POSITIVE_INFINITY),
	};
}

async function modelOf(args: ParsedArgs): Promise<LoadedModel> {
	const dtype = text(args, "dtype") ?? "auto";
	if (!DTYPES.includes(dtype)) {
		throw cliError("usage", {
			what: `--dtype is "${dtype}"`,
			where: "the command line",
			next: `use one of ${DTYPES.join(", ")}`,
		});
	}
	const name = need(args, "model");
	if (name === "demo") return openDemo(dtype as BaseDType);
	if (!(await exists(name)) && mayBeRemote(name) && !(await isLocal(name))) {
		const remote = await hubModel(name, dtype as BaseDType).catch((thrown: unknown) => {
			throw thrown instanceof NetworkError ? unreachable(name, thrown) : thrown;
		});
		return openModelFiles(remote.folder, remote.name, dtype as BaseDType);
	}
	return openModelFiles(await modelAt(name), name, dtype as BaseDType);
}

/** The model at a path: a GGUF file, a Hugging Face folder, or a folder with a GGUF file. */
export async function modelAt(path: string): Promise<ModelFolder> {
	if (isGgufName(path) && !(await isFolder(path))) return ggufFile(path);
	const folder = await diskFolder(path);
	return (await ggufInFolder(folder)) ?? folder;
}

/** Whether a name that may be a Hub id is a mistyped path: its first part is a folder here. */
async function isLocal(name: string): Promise<boolean> {
	return !/^https?:/.test(name) && (await missingPath(name)).folder !== ".";
}

function unreachable(name: string, cause: NetworkError): TabTuneError {
	if (/^https?:/.test(name)) return cause;
	const { what, where } = cause.parts;
	return cliError(
		"model",
		{
			what: `there is no folder ${name}, and the Hub could not be reached: ${messageText(what)}`,
			where: where === undefined ? undefined : messageText(where),
			next: "check the path; or check the network for a model of the Hub, and ask again",
		},
		{ cause },
	);
}

/** The bundled base, with its weights verified against the bundled checksums. */
async function openDemo(dtype: BaseDType): Promise<LoadedModel> {
	const path = await demoPath();
	const checksums = JSON.parse(await readFile(join(path, "checksums.json"), "utf8")) as Checksums;
	const folder = await diskFolder(path);
	await verifyChecksums(folder, checksums);
	return openModelFiles(folder, "demo", dtype);
}

/** The path of public/base-model, relative to the location of this bundle in the repository. */
async function demoPath(): Promise<string> {
	for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
		const path = join(folder, "public", "base-model");
		if (await exists(join(path, "config.json"))) return path;
		if (folder === dirname(folder))
			throw cliError("model", {
				what: "the bundled model is missing",
				where: "public/base-model",
				next: "clone TabTune again",
			});
	}
}

/** The model of --model with the adapter of --adapter, or null; an adapter may change tokens and weights of its base. */
export async function openModelAndAdapter(
	args: ParsedArgs,
): Promise<{ readonly model: LoadedModel; readonly adapter: Adapter | null }> {
	const model = await openModel(args);
	const path = text(args, "adapter");
	return path === undefined ? { model, adapter: null } : openAdapterAt(path, model);
}

/**
 * As `openModelAndAdapter`, for training. Without an adapter, the base gets the tokens of --add-tokens, and a row for every
 * token of its tokenizer.
 */
export async function openForTraining(args: ParsedArgs): ReturnType<typeof openModelAndAdapter> {
	const opened = await openModelAndAdapter(args);
	const tokens = text(args, "add-tokens")?.split(",") ?? [];
	if (opened.adapter !== null) {
		if (tokens.length === 0) return opened;
		throw cliError("usage", {
			what: "--add-tokens cannot change the vocabulary of an adapter that exists",
			where: "the command line",
			next: "leave out --add-tokens, or start a new run without --adapter",
		});
	}
	const { model, warnings } = await withNewTokens(opened.model, tokens);
	for (const warning of warnings) say(`warning: ${messageText(warning)}`);
	return { model, adapter: null };
}

/** Reads an adapter folder, with the tokens and weights of the base that it changes. */
export async function openAdapterAt(path: string, base: LoadedModel): Promise<OpenedAdapter> {
	const opened = await openAdapterFolder(base, await adapterFolder(path), path);
	sayWarnings(opened.adapter);
	return opened;
}

function sayWarnings({ warnings = [], layout }: Adapter): void {
	for (const warning of [...warnings, ...layout.warnings]) say(`warning: ${messageText(warning)}`);
}

export function processorOf(model: LoadedModel): Promise<TextProcessor> {
	return openTextProcessor(model.folder, model.config);
}

/** A GPU with the model on it. @throws TabTuneError "no-adapter". */
export async function startGpu(model: LoadedModel): Promise<ModelRuntime> {
	const gpu = await Gpu.request({ gpu: await nodeGpu(), minimal: process.env.TABTUNE_MINIMAL_GPU === "1" });
	say(
		`${gpu.info.description || gpu.info.vendor}${gpu.info.software ? " (software)" : ""}; ${(model.parameters / 1e6).toFixed(1)}M parameters, ${formatMebibytes(model.weightBytes)} of weights`,
	);
	let measuring = false;
	const runtime = await startRuntime(gpu, model, undefined, {
		store: storeIn(await nodeAgent(), async () => diskStorage(tuningFolder())),
		onMeasure() {
			if (!measuring) say("measuring kernels on this device, once");
			measuring = true;
		},
	});
	const { report } = runtime.deviceTuning;
	if (report !== null)
		say(`measured ${report.candidates.length} kernels in ${(report.milliseconds / 1000).toFixed(1)} s`);
	return runtime;
}

/** Uploads an adapter, if there is one, to the buffers that plans read. */
export function loadParams(runtime: ModelRuntime, adapter: Adapter | null): void {
	if (adapter !== null) uploadAdapter(runtime, adapter);
}
