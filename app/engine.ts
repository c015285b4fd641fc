// The one file that starts and wraps the engine's worker. The rest of the app sees an `EngineApi` whose
// rejections are `EngineError`s carrying ErrorInfo, and hears of a crash once. To add a call: add it to
// EngineApi; if it takes a callback, wrap that in Comlink.proxy below.

import * as Comlink from "comlink";
import type { EngineApi, ErrorInfo } from "../src/engine/api.ts";

/** An error of the engine on this side of the worker boundary. */
export class EngineError extends Error {
	override readonly name = "EngineError";
	readonly info: ErrorInfo;

	constructor(info: ErrorInfo) {
		super(info.what);
		this.info = info;
	}
}

export interface EngineHandle {
	readonly api: EngineApi;
	/** Ends the worker; calls still in flight reject with code "crashed". */
	dispose(): void;
}

function isErrorInfo(value: unknown): value is ErrorInfo {
	return (
		typeof value === "object" &&
		value !== null &&
		"code" in value &&
		typeof value.code === "string" &&
		"what" in value &&
		typeof value.what === "string"
	);
}

/**
 * What a rejected call says. The worker rejects with an Error named "TabTuneError" whose message is ErrorInfo as
 * JSON, because Comlink carries only name, message and stack; anything else is reported as it is, code "internal".
 */
export function toErrorInfo(error: unknown): ErrorInfo {
	if (error instanceof EngineError) return error.info;
	if (!(error instanceof Error)) return { code: "internal", what: String(error) };
	if (error.name === "TabTuneError") {
		try {
			const parsed: unknown = JSON.parse(error.message);
			if (isErrorInfo(parsed)) return { details: error.stack?.replace(error.message, () => parsed.what), ...parsed };
		} catch {
			// Not JSON: fall through to the plain message.
		}
	}
	return { code: "internal", what: error.message || error.name, details: error.stack };
}

/** Starts the worker. `onCrash` is called at most once, when the worker dies or throws outside a call. */
export function startEngine(onCrash: (error: EngineError) => void): EngineHandle {
	const worker = new Worker(new URL("../src/worker/main.ts", import.meta.url), { type: "module" });
	const remote = Comlink.wrap<EngineApi>(worker);

	// Comlink leaves a call pending for ever when its worker dies, so every call races against this promise.
	let gone = false;
	let reject: (error: EngineError) => void = () => {};
	const crash = new Promise<never>((_, r) => {
		reject = r;
	});
	crash.catch(() => {});
	const end = (error: EngineError): boolean => {
		if (gone) return false;
		gone = true;
		worker.terminate();
		reject(error);
		return true;
	};
	worker.addEventListener("error", (event) => {
		event.preventDefault();
		const where = event.filename ? `${event.filename}:${event.lineno}` : undefined;
		const error = new EngineError({
			code: "crashed",
			what: event.message || "the engine's worker stopped",
			details: where,
		});
		if (end(error)) onCrash(error);
	});
	worker.addEventListener("messageerror", () => {
		const error = new EngineError({ code: "crashed", what: "a message of the engine could not be read" });
		if (end(error)) onCrash(error);
	});

	const guard = async <T>(call: Promise<T>): Promise<T> => {
		try {
			return await Promise.race([call, crash]);
		} catch (error) {
			throw error instanceof EngineError ? error : new EngineError(toErrorInfo(error));
		}
	};

	const api: EngineApi = {
		probe: () => guard(remote.probe()),
		inspectModel: (source) => guard(remote.inspectModel(source)),
		loadModel: (source, onProgress) => guard(remote.loadModel(source, onProgress && Comlink.proxy(onProgress))),
		describeData: (data, settings, heldOut) => guard(remote.describeData(data, settings, heldOut)),
		parquetAsLines: (file, name) => guard(remote.parquetAsLines(file, name)),
		checkRows: (data, settings) => guard(remote.checkRows(data, settings)),
		estimate: (settings, data) => guard(remote.estimate(settings, data)),
		train: (request, onEvents) => guard(remote.train(request, Comlink.proxy(onEvents))),
		pause: () => guard(remote.pause()),
		resume: () => guard(remote.resume()),
		stop: () => guard(remote.stop()),
		generate: (request, onText) => guard(remote.generate(request, Comlink.proxy(onText))),
		generateTogether: (lanes, request, onText) => guard(remote.generateTogether(lanes, request, Comlink.proxy(onText))),
		cancelGenerate: () => guard(remote.cancelGenerate()),
		logits: (ids, strength) => guard(remote.logits(ids, strength)),
		adapter: () => guard(remote.adapter()),
		score: (input_ids, output_ids, strength) => guard(remote.score(input_ids, output_ids, strength)),
		scoreAnswers: (request, onRow) => guard(remote.scoreAnswers(request, Comlink.proxy(onRow))),
		mergeStudy: (request, onForm) => guard(remote.mergeStudy(request, Comlink.proxy(onForm))),
		modelFiles: () => guard(remote.modelFiles()),
		exportMerged: (onProgress) => guard(remote.exportMerged(onProgress && Comlink.proxy(onProgress))),
		exportFor: (request, onProgress) => guard(remote.exportFor(request, onProgress && Comlink.proxy(onProgress))),
		exportAdapter: () => guard(remote.exportAdapter()),
		adapterLink: (about) => guard(remote.adapterLink(about)),
		importAdapterLink: (text) => guard(remote.importAdapterLink(text)),
		keepAdapter: (name, source) => guard(remote.keepAdapter(name, source)),
		importAdapter: (zip) => guard(remote.importAdapter(zip)),
		removeAdapter: () => guard(remote.removeAdapter()),
		methods: () => guard(remote.methods()),
		methodCost: (settings, data) => guard(remote.methodCost(settings, data)),
		measureAdapter: () => guard(remote.measureAdapter()),
		methodsTable: (table, format) => guard(remote.methodsTable(table, format)),
		race: (request, onEvents) => guard(remote.race(request, Comlink.proxy(onEvents))),
		raceTable: (table, format) => guard(remote.raceTable(table, format)),
		spectrum: (ref) => guard(remote.spectrum(ref)),
		previewCut: (cut, rows) => guard(remote.previewCut(cut, rows)),
		endPreview: () => guard(remote.endPreview()),
		keepCut: (cut) => guard(remote.keepCut(cut)),
		overlap: (first, second, side) => guard(remote.overlap(first, second, side)),
		blend: (adapters, settings) => guard(remote.blend(adapters, settings)),
		adviseRank: (runs) => guard(remote.adviseRank(runs)),
		shapeCost: (shape) => guard(remote.shapeCost(shape)),
		counters: () => guard(remote.counters()),
		runs: () => guard(remote.runs()),
		updateRun: (id, patch) => guard(remote.updateRun(id, patch)),
		deleteRun: (id) => guard(remote.deleteRun(id)),
		openRun: (id) => guard(remote.openRun(id)),
		resumeRun: (id, onEvents) => guard(remote.resumeRun(id, Comlink.proxy(onEvents))),
		storage: () => guard(remote.storage()),
	};
	return { api, dispose: () => void end(new EngineError({ code: "crashed", what: "the engine was stopped" })) };
}
