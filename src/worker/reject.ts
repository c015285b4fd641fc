// Comlink carries an error's name, message and stack, nothing else: so a rejection's message is ErrorInfo as JSON.
import type { ErrorInfo } from "../engine/errors.ts";
import { TabTuneError } from "../engine/errors.ts";

/** What the page is told of an exception. */
export function errorInfo(thrown: unknown): ErrorInfo {
	if (thrown instanceof TabTuneError) {
		const details = thrown.cause instanceof Error ? thrown.cause.stack : undefined;
		return { code: thrown.code, ...thrown.parts, ...(details === undefined ? {} : { details }) };
	}
	const error = thrown instanceof Error ? thrown : new Error(String(thrown));
	return {
		code: "internal",
		what: error.message,
		next: "reload the page; if it happens again, report it with the details",
		details: error.stack,
	};
}

/** The same object, whose methods reject with an error that Comlink can carry whole. */
export function rejecting<T extends object>(api: T): T {
	return new Proxy(api, {
		get(target, key) {
			const member = Reflect.get(target, key, target);
			if (typeof member !== "function") return member;
			return async (...args: unknown[]) => {
				try {
					return await member.apply(target, args);
				} catch (thrown) {
					const error = new Error(JSON.stringify(errorInfo(thrown)));
					error.name = "TabTuneError";
					throw error;
				}
			};
		},
	});
}
