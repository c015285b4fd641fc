// The worker's side of Comlink. Comlink sends only an error's name, message and stack, so its "throw" handler is replaced
// by one that sends ErrorInfo. Comlink also opens a channel for each callback, whose messages the call's result may
// overtake, so a call returns only after the page has handled its last callback.
import { expose, transferHandlers } from "comlink";
import { errorInfo } from "./error-info.ts";

/** Exposes an API to the page. A call that throws rejects there with a plain ErrorInfo. */
export function exposeApi(api: object, endpoint?: Parameters<typeof expose>[1]): void {
	const original = transferHandlers.get("throw");
	if (original === undefined) throw new Error("Comlink has no handler for exceptions");
	transferHandlers.set("throw", {
		...original, // canHandle recognises Comlink's private mark
		serialize: (thrown: { value: unknown }) => {
			const { value } = thrown;
			const stack = value instanceof Error ? { details: value.stack } : {};
			return [{ isError: false, value: { ...stack, ...errorInfo(value) } }, []];
		},
	});
	expose(awaitCallbacks(api), endpoint);
}

/** The same API, except that a call returns only after its last callback was handled. */
export function awaitCallbacks<T extends object>(api: T): T {
	return new Proxy(api, {
		get(target, key) {
			const member = Reflect.get(target, key, target);
			if (typeof member !== "function") return member;
			return async (...args: unknown[]) => {
				let handled: Promise<unknown> | undefined;
				const callback = (call: (...values: unknown[]) => unknown) => {
					return (...values: unknown[]) => {
						const answer = Promise.resolve(call(...values)); // some callbacks decide whether to continue
						// An error in the page's callback must not fail a call that ignores the callback's result.
						handled = answer.catch(() => {});
						return answer;
					};
				};
				try {
					return await member.apply(
						target,
						args.map((arg) => (typeof arg === "function" ? callback(arg as (...values: unknown[]) => unknown) : arg)),
					);
				} finally {
					await handled;
				}
			};
		},
	});
}
