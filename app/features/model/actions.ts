// Starts the engine and loads models: on arrival, after a crash, and when a folder is opened.

import type { EngineApi, ErrorInfo, ModelSource, NamedFile } from "../../../src/engine/api.ts";
import { type EngineError, type EngineHandle, startEngine, toErrorInfo } from "../../engine.ts";
import { EMPTY_ANSWER, useCompare } from "../compare/store.ts";
import { importAdapter } from "../export/actions.ts";
import { isBusy, useRun } from "../run/store.ts";
import { droppedFiles } from "./dropped-folder.ts";
import { setAdapter, useEngine } from "./store.ts";

/** Bytes at the beginning of a GGUF file that hold its general.* fields. */
const GGUF_HEAD = 4096;
/** The field general.type with the text "adapter": its kind, 8, in 4 bytes, and its length, 7, in 8. */
const LORA_GGUF = `general.type${String.fromCharCode(8, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0)}adapter`;

let handle: EngineHandle | null = null;
/** The source of the model that was loaded last, also if that failed. */
let lastSource: ModelSource = { kind: "demo" };

/** Starts worker, GPU and model; resolves to true when the page can train. Can be called again after a failure. */
export async function openEngine(): Promise<boolean> {
	handle?.dispose();
	useEngine.setState({
		api: null,
		phase: "starting",
		error: null,
		model: null,
		base: null,
		progress: null,
		adapter: null,
		recovering: false,
		retryAt: null,
	});
	if (!("gpu" in navigator) || navigator.gpu === undefined) {
		useEngine.setState({ phase: "no-gpu", error: null });
		return false;
	}
	handle = startEngine(crashed, (error) => loseGpu(api, error));
	const { api } = handle;
	useEngine.setState({ api });
	return prepare(api);
}

/** The part of `openEngine` that needs no worker, so that tests can pass their own engine. */
async function prepare(api: EngineApi): Promise<boolean> {
	try {
		useEngine.setState({ device: await api.probe() });
	} catch (error) {
		const info = toErrorInfo(error);
		if (useEngine.getState().phase !== "crashed") {
			useEngine.setState({ phase: info.code === "no-adapter" ? "no-gpu" : "failed", error: info });
		}
		return false;
	}
	watchGpu(api);
	return loadModel(useEngine.getState().source);
}

/** Reports a lost GPU also while nothing uses it. */
function watchGpu(api: EngineApi): void {
	api.gpuLost().then(
		(error) => loseGpu(api, error),
		() => undefined, // the worker ended
	);
}

/** The GPU was lost: nothing that needs it is enabled until `recoverEngine`. */
function loseGpu(api: EngineApi, error: ErrorInfo): void {
	if (useEngine.getState().api !== api || useEngine.getState().phase === "lost") return;
	useEngine.setState({ phase: "lost", error, progress: null, recovering: false, retryAt: null });
}

/**
 * After the GPU was lost: requests it again, and loads the model and the adapter that were in memory.
 * @returns "none" while the browser provides no GPU
 */
export async function recoverEngine(): Promise<"ready" | "none" | "failed"> {
	const { api, base } = useEngine.getState();
	if (api === null) return "failed";
	useEngine.setState({ phase: "loading", progress: null, recovering: true, retryAt: null });
	try {
		const model = await api.recover((progress) => useEngine.setState({ progress }));
		const same = base !== null && JSON.stringify(base) === JSON.stringify(model);
		useEngine.setState({ device: await api.probe(), source: lastSource, ...(same ? {} : { model, base: model }) });
		setAdapter(await api.adapter());
		useEngine.setState({ phase: "ready", error: null, progress: null, recovering: false });
		watchGpu(api);
		return "ready";
	} catch (error) {
		const info = toErrorInfo(error);
		if (useEngine.getState().phase !== "loading") return "failed"; // lost again, or crashed
		const none = info.code === "no-adapter";
		useEngine.setState({ phase: none ? "lost" : "failed", error: info, progress: null, recovering: false });
		return none ? "none" : "failed";
	}
}

/** Loads a model; on failure the model loaded before stays. */
export async function loadModel(source: ModelSource): Promise<boolean> {
	const { api, model: before } = useEngine.getState();
	if (api === null || isBusy(useRun.getState().state)) return false;
	lastSource = source;
	useEngine.setState({ phase: "loading", progress: null, modelError: null, waiting: null });
	try {
		const model = await api.loadModel(source, (progress) => useEngine.setState({ progress }));
		useEngine.setState({ model, base: model, source, phase: "ready", progress: null, adapter: await api.adapter() });
		useCompare.setState({ base: EMPTY_ANSWER, tuned: EMPTY_ANSWER, set: [], chat: [], imported: null, error: null });
		return true;
	} catch (error) {
		if (useEngine.getState().phase !== "loading") return false; // crashed, or the GPU is lost
		const info = toErrorInfo(error);
		if (before !== null && info.code !== "device-lost") {
			useEngine.setState({ phase: "ready", progress: null, modelError: info });
		} else {
			useEngine.setState({ phase: "failed", progress: null, error: info });
		}
		return false;
	}
}

/** Opens a folder from the picker; its name becomes the model's name, and paths are relative to it. */
export function openFolder(list: FileList | File[]): Promise<boolean> {
	const files = [...list];
	const first = files[0]?.webkitRelativePath ?? "";
	const name = first.includes("/") ? first.slice(0, first.indexOf("/")) : "model";
	return openFiles(
		name,
		files.map((file) => ({
			path: file.webkitRelativePath.includes("/") ? file.webkitRelativePath.slice(name.length + 1) : file.name,
			blob: file,
		})),
	);
}

/** Opens GGUF files, chosen or dropped: a model, all parts of a split one, or a LoRA adapter. */
export async function openGguf(files: readonly File[]): Promise<boolean> {
	const [file] = files;
	if (await isLoraGguf(file)) {
		await importAdapter(file);
		return false;
	}
	const name = file.name.replace(/(-\d{5}-of-\d{5})?\.gguf$/i, "");
	return openFiles(
		name,
		files.map((blob) => ({ path: blob.name, blob })),
	);
}

async function isLoraGguf(file: File): Promise<boolean> {
	return (await file.slice(0, GGUF_HEAD).text()).includes(LORA_GGUF);
}

/** Opens a folder dropped on the page: a model, or an adapter. */
export async function openDropped(folder: FileSystemDirectoryEntry): Promise<boolean> {
	try {
		return await openFiles(folder.name, await droppedFiles(folder));
	} catch (error) {
		useEngine.setState({ modelError: toErrorInfo(error) });
		return false;
	}
}

/** Opens the files of a folder: a model, or an adapter. */
async function openFiles(name: string, files: NamedFile[]): Promise<boolean> {
	const has = (file: string) => files.some(({ path }) => path === file || path.endsWith(`/${file}`));
	if (!has("config.json") && has("adapter_config.json")) {
		await importAdapter(files);
		return false;
	}
	const { dtype } = useEngine.getState().source;
	return openSource({ kind: "files", name, files, ...(dtype === undefined ? {} : { dtype }) });
}

/** Inspects a model first and shows its facts; one that does not fit waits for confirmation. */
export async function openSource(source: ModelSource): Promise<boolean> {
	const { api } = useEngine.getState();
	if (api === null || isBusy(useRun.getState().state)) return false;
	useEngine.setState({ modelError: null, waiting: null, facts: null });
	try {
		const facts = await api.inspectModel(source);
		if (facts.fits === "too-big") {
			useEngine.setState({ waiting: { facts, source } });
			return false;
		}
		useEngine.setState({ facts });
	} catch (error) {
		useEngine.setState({ modelError: toErrorInfo(error) });
		return false;
	}
	return loadModel(source);
}

function crashed(error: EngineError): void {
	useEngine.setState({
		phase: "crashed",
		error: error.info,
		api: null,
		adapter: null,
		progress: null,
		recovering: false,
	});
	if (isBusy(useRun.getState().state)) useRun.setState({ state: "failed", error: error.info });
	useCompare.setState({ generating: false });
}
