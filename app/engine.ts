// Starts the engine's worker. The rest of the app calls an `EngineApi` whose rejections are `EngineError`s, and is
// notified once if the worker crashes.
import type { EngineApi, ErrorInfo } from "../src/engine/api.ts";
import { isNotLoaded } from "../src/shared/errors.ts";
import { isMessageText, textOf } from "../src/shared/messages/message.ts";
import { remoteApi } from "./remote-api.ts";

/** An error that the engine's worker reported. */
export class EngineError extends Error {
	override readonly name = "EngineError";
	readonly info: ErrorInfo;

	constructor(info: ErrorInfo) {
		super(textOf(info.what));
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
		isMessageText(value.what)
	);
}

/** The ErrorInfo of any exception; a worker's rejection already is one. */
export function toErrorInfo(error: unknown): ErrorInfo {
	if (error instanceof EngineError) return error.info;
	if (isErrorInfo(error)) return error;
	if (!(error instanceof Error)) return { code: "internal", what: String(error) };
	return {
		code: isNotLoaded(error) ? "not-loaded" : "internal",
		what: error.message || error.name,
		details: error.stack,
	};
}

/**
 * Starts the worker.
 * @param onCrash called at most once, when the worker dies or throws outside a call
 * @param onLost called for every call that fails because the GPU is lost
 */
export function startEngine(onCrash: (error: EngineError) => void, onLost: (error: ErrorInfo) => void): EngineHandle {
	const worker = new Worker(new URL("../src/worker/main.ts", import.meta.url), { type: "module" });

	// Comlink leaves a call pending for ever when its worker dies, so every call races against this promise.
	let crashed = false;
	let reject: (error: EngineError) => void = () => {};
	const crash = new Promise<never>((_, r) => {
		reject = r;
	});
	crash.catch(() => {});
	const end = (error: EngineError): boolean => {
		if (crashed) return false;
		crashed = true;
		worker.terminate();
		reject(error);
		return true;
	};
	worker.addEventListener("error", (event) => {
		event.preventDefault();
		const where = event.filename ? `${event.filename}:${event.lineno}` : undefined;
		// The event of a script that cannot be loaded has no message.
		const error = new EngineError({
			code: event.message ? "crashed" : "not-loaded",
			what: event.message || "the engine's code could not be loaded",
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
		} catch (thrown) {
			const error = thrown instanceof EngineError ? thrown : new EngineError(toErrorInfo(thrown));
			if (error.info.code === "device-lost") onLost(error.info);
			throw error;
		}
	};

	return {
		api: remoteApi<EngineApi>(worker, guard),
		dispose: () => void end(new EngineError({ code: "crashed", what: "the engine was stopped" })),
	};
}
