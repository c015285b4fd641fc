// Converts any exception to the plain fields of ErrorInfo, which the page shows and a stored run keeps.
import { type ErrorInfo, TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/worker.en.ts";

export function errorInfo(thrown: unknown): ErrorInfo {
	if (thrown instanceof TabTuneError) {
		const details = thrown.cause instanceof Error ? thrown.cause.stack : undefined;
		return { code: thrown.code, ...thrown.parts, ...(details === undefined ? {} : { details }) };
	}
	const error = thrown instanceof Error ? thrown : new Error(String(thrown));
	return {
		code: "internal",
		what: error.message,
		next: workerMessage("internal.next"),
		details: error.stack,
	};
}
