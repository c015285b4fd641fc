// Errors of the server, in the form that OpenAI's clients expect.
import { formatParts, TabTuneError } from "../../shared/errors.ts";

export class HttpError extends Error {
	override readonly name = "HttpError";

	constructor(
		readonly status: number,
		message: string,
		/** The parameter of the request that is wrong. */
		readonly param: string | null = null,
	) {
		super(message);
	}
}

/** The status of an exception: an error in the request is 400, one of the engine 500. */
export const statusOf = (thrown: unknown): number =>
	thrown instanceof HttpError
		? thrown.status
		: thrown instanceof TabTuneError && thrown.code !== "internal" && thrown.code !== "device-lost"
			? 400
			: 500;

export function errorBody(thrown: unknown): { readonly error: Readonly<Record<string, unknown>> } {
	const status = statusOf(thrown);
	const message =
		thrown instanceof TabTuneError
			? formatParts(thrown.parts)
			: thrown instanceof Error
				? thrown.message
				: String(thrown);
	const type = status === 404 ? "not_found_error" : status < 500 ? "invalid_request_error" : "server_error";
	return { error: { message, type, param: thrown instanceof HttpError ? thrown.param : null, code: status } };
}
