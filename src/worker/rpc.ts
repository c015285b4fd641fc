// How calls cross between worker and page. Comlink carries an error's name, message and stack, nothing else: so a
// rejection's message is ErrorInfo as JSON. It gives each callback a channel of its own, whose messages may be overtaken
// by the result's: so a call ends when the page has heard its last one.
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

/** The same object, as the page may call it: errors arrive whole, and nothing is told of a call that has ended. */
export function rpcHandler<T extends object>(api: T): T {
	return new Proxy(api, {
		get(target, key) {
			const member = Reflect.get(target, key, target);
			if (typeof member !== "function") return member;
			return async (...args: unknown[]) => {
				let heard: Promise<unknown> | undefined;
				const listened = args.map((arg) =>
					typeof arg === "function"
						? (...told: unknown[]) => {
								const answer = Promise.resolve(arg(...told)); // some listeners say whether to go on
								// Where nobody waits for it, what a listener throws is the page's affair: the work is done all the same.
								heard = answer.catch(() => {});
								return answer;
							}
						: arg,
				);
				try {
					return await member.apply(target, listened);
				} catch (thrown) {
					const error = new Error(JSON.stringify(errorInfo(thrown)));
					error.name = "TabTuneError";
					throw error;
				} finally {
					await heard;
				}
			};
		},
	});
}
