// Converts any exception to the plain fields of ErrorInfo, which the page shows and a stored run keeps.
import { type ErrorInfo, isNotLoaded, TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/index.ts";

export function errorInfo(thrown: unknown): ErrorInfo {
	if (thrown instanceof TabTuneError) {
		const details = thrown.cause instanceof Error ? thrown.cause.stack : undefined;
		return { code: thrown.code, ...thrown.parts, ...(details === undefined ? {} : { details }) };
	}
	const error = thrown instanceof Error ? thrown : new Error(String(thrown));
	if (isNotLoaded(error)) {
		const [what, next] = [workerMessage("codeNotLoaded"), workerMessage("codeNotLoaded.next")];
		return { code: "internal", what, next, details: error.stack };
	}
	return {
		code: "internal",
		what: error.message,
		next: workerMessage("internal.next"),
		details: error.stack,
	};
}
