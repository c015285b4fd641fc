// The `inspect` command: reports the contents of a model, adapter, checkpoint or data file, and any problems in it.
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { FORMS } from "../../engine/adapters/adapter-files.ts";
import { inspectRows } from "../../engine/data/inspect-rows.ts";
import { openGguf } from "../../engine/formats/gguf.ts";
import { folderJson, hasTokenizer, openSafetensors } from "../../engine/formats/index.ts";
import { isGgufName } from "../../engine/models/gguf/in-folder.ts";
import { openModelFiles } from "../../engine/models/load.ts";
import {
	adapterProblems,
	isMlxAdapter,
	readBottleneck,
	readPeftAdapter,
	readPromptAdapter,
} from "../../engine/peft/index.ts";
import { readMlxAdapter } from "../../engine/peft/mlx-files.ts";
import { suffixes } from "../../engine/peft/targets.ts";
import { readCheckpoint, type SavedState } from "../../engine/train/checkpoint/checkpoint.ts";
import { openTextProcessorIfAny, readTextProcessor, type TextProcessor } from "../../engine/train/text-processor.ts";
import { type Message, textOf } from "../../shared/messages/message.ts";
import { cliError } from "../cli-error.ts";
import { openDataFile, type ReadGiven, readGiven } from "../data.ts";
import { diskFolder, fileSource } from "../node-files.ts";
import { modelAt, openModel } from "../open.ts";
import { result, say } from "../output.ts";
import { type Command, DATA_OPTIONS } from "./command.ts";

export const inspectCommand: Command = {
	name: "inspect",
	summary: "describe a model, adapter, checkpoint or data file: inspect PATH",
	options: DATA_OPTIONS,
	acceptsSettings: false,
	words: 1,
	async run(args) {
		const [path] = args.positional;
		if (path === undefined)
			throw cliError("usage", {
				what: "the path is missing",
				where: "tabtune inspect",
				next: "write: inspect PATH",
			});
		await result(await inspect(path, readGiven(args)));
	},
};

async function inspect(path: string, read: ReadGiven): Promise<Record<string, unknown>> {
	if (path === "demo")
		return modelReport(
			await openModel({ command: "inspect", positional: [], options: new Map([["model", "demo"]]), settings: {} }),
		);
	const info = await stat(path).catch(() => null);
	if (info === null)
		throw cliError("usage", { what: "there is no such file or folder", where: path, next: "check the path" });
	if (Object.keys(read).length > 0 && (info.isDirectory() || isGgufName(path) || path.endsWith(".safetensors")))
		throw cliError("usage", {
			what: "--columns and --separator are for data files",
			where: path,
			next: "leave them out",
		});
	if (isGgufName(path) && !info.isDirectory())
		return (await ggufAdapterReport(path)) ?? modelReport(await openModelFiles(await modelAt(path), path));
	if (!info.isDirectory()) return path.endsWith(".safetensors") ? tensorReport(path) : dataReport(path, read);
	const names = await readdir(path);
	if (names.includes("adapter_config.json")) return adapterReport(path, names);
	const parts = FORMS.filter((form) => names.includes(form));
	if (parts.length > 0 && !names.includes("config.json")) {
		const reports = parts.map(async (form) => [form, await adapterReport(join(path, form), [])] as const);
		return { kind: "adapter", parts: Object.fromEntries(await Promise.all(reports)) };
	}
	const folder = await diskFolder(path);
	const weights = names.some((name) => /\.(safetensors|bin|pt|pth)$/.test(name) || isGgufName(name));
	if (!weights && (await hasTokenizer(folder))) return tokenizerReport(await readTextProcessor(folder));
	if (names.includes("config.json") || names.some(isGgufName))
		return modelReport(await openModelFiles(await modelAt(path), path));
	throw cliError("usage", {
		what: "the folder contains neither config.json, adapter_config.json nor tokenizer.json",
		where: path,
		next: "use a Hugging Face model folder or a PEFT adapter folder",
	});
}

/** A folder that has a tokenizer and no weights. */
function tokenizerReport({ tokenizer, template }: Omit<TextProcessor, "eos">): Record<string, unknown> {
	return {
		kind: "tokenizer",
		vocab_size: tokenizer.vocabSize,
		...tokenizer.special,
		eos_token_ids: tokenizer.stopIds,
		chat_template: template !== null,
	};
}

async function modelReport(model: Awaited<ReturnType<typeof openModelFiles>>): Promise<Record<string, unknown>> {
	const { config, family } = model;
	const language = await openTextProcessorIfAny(model.folder, config);
	await readWeights(model);
	return {
		kind: "model",
		...findings(model.warnings, []),
		...config,
		parameters: model.parameters,
		weight_bytes: model.weightBytes,
		dtype: model.dtype,
		tensors: family.weights(config).length,
		linear_modules: suffixes(family.linearModules(config)),
		tokenizer:
			language === null
				? null
				: {
						vocab_size: language.tokenizer.vocabSize,
						eos_token_ids: language.eos,
						chat_template: language.template !== null,
					},
	};
}

/** Reads every weight once. @throws TabTuneError "model" naming the first number that is not finite */
async function readWeights({ family, config, files }: Awaited<ReturnType<typeof openModelFiles>>): Promise<void> {
	const most = 8 * 2 ** 20; // bytes
	for (const { name } of family.weights(config)) {
		const { byteLength } = files.tensors.get(name) ?? { byteLength: 0 };
		if (files.readRange === undefined) await files.readTensor(name);
		else for (let at = 0; at < byteLength; at += most) await files.readRange(name, at, Math.min(most, byteLength - at));
	}
}

async function adapterReport(path: string, names: readonly string[]): Promise<Record<string, unknown>> {
	const folder = await diskFolder(path, "adapter");
	const settings = await folderJson(folder, "adapter_config.json", "adapter");
	const { peft_type, config: bottleneck } = settings;
	const mlx = peft_type === undefined && isMlxAdapter(await folder.list(), settings);
	if (!mlx && peft_type === undefined && bottleneck !== undefined) {
		const { config, file } = await readBottleneck(folder);
		const tensors = [...file.tensors].map(([key, { dtype, shape }]) => ({ key, dtype, shape }));
		const parameters = tensors.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);
		return { kind: "adapter", architecture: "bottleneck", ...config, parameters, tensors };
	}
	if (peft_type === "PROMPT_TUNING") {
		const { config, tensor } = await readPromptAdapter(folder);
		const { others: _others, ...read } = config;
		const { key, dtype, shape } = tensor;
		const parameters = shape.reduce((a, b) => a * b, 1);
		return { kind: "adapter", peft_type, ...read, parameters, tensors: [{ key, dtype, shape }] };
	}
	const adapter = mlx ? await readMlxAdapter(folder) : await readPeftAdapter(folder);
	const { config, tensors, warnings } = adapter;
	const checkpoint = names.includes("optimizer.safetensors") ? await readCheckpoint(folder) : null;
	const { others: _others, ...read } = config;
	return {
		kind: checkpoint === null ? "adapter" : "checkpoint",
		...(mlx ? { format: "mlx" } : {}),
		...findings(warnings, adapterProblems(adapter)),
		...read,
		scaling: config.lora_alpha / (config.use_rslora ? Math.sqrt(config.r) : config.r),
		modules: new Set(tensors.map(({ module }) => module)).size,
		parameters: tensors.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0),
		tensors: tensors.map(({ key, dtype, shape }) => ({ key, dtype, shape })),
		...(checkpoint === null ? {} : checkpointFacts(checkpoint)),
	};
}

/** A LoRA GGUF file; null for another GGUF file. */
async function ggufAdapterReport(path: string): Promise<Record<string, unknown> | null> {
	const { metadata, tensors } = await openGguf(await fileSource(path), basename(path));
	if (metadata.get("general.type") !== "adapter") return null;
	return {
		kind: "adapter",
		format: "gguf",
		architecture: metadata.get("general.architecture") ?? null,
		adapter_type: metadata.get("adapter.type") ?? null,
		lora_alpha: metadata.get("adapter.lora.alpha") ?? null,
		parameters: [...tensors.values()].reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0),
		tensors: [...tensors].map(([key, { shape, type }]) => ({ key, dtype: type.name, shape })),
	};
}

/** Warnings and problems as parts of a report, printed as well; absent where there are none. */
function findings(warnings: readonly Message[], problems: readonly Message[]): Record<string, unknown> {
	for (const message of [...warnings, ...problems]) say(`warning: ${textOf(message)}`);
	return {
		...(warnings.length > 0 ? { warnings: warnings.map(textOf) } : {}),
		...(problems.length > 0 ? { problems: problems.map(textOf) } : {}),
	};
}

function checkpointFacts({ state, settings, rows, run }: SavedState): Record<string, unknown> {
	const { layout: _layout, ...facts } = run ?? { layout: null };
	return { global_step: state.step, updates: state.updates, rows, run: facts, settings };
}

async function tensorReport(path: string): Promise<Record<string, unknown>> {
	const file = await openSafetensors(await fileSource(path), basename(path));
	return {
		kind: "safetensors",
		metadata: file.metadata,
		tensors: [...file.tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
	};
}

async function dataReport(path: string, read: ReadGiven): Promise<Record<string, unknown>> {
	const source = await openDataFile(path, true, read);
	const { format, blob } = source;
	if (format === "txt") return { kind: "data", format, bytes: blob.size, shapes: { "plain text": 1 } };
	const { rows, shapes, warnings, ...report } = await inspectRows({ ...source, name: path });
	return {
		kind: "data",
		format,
		bytes: blob.size,
		rows,
		shapes,
		...report,
		warnings: warnings.map(textOf),
	};
}
