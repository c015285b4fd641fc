// Forwards every method of a worker's API through Comlink; function arguments become callbacks.
import * as Comlink from "comlink";

type Call = (...args: unknown[]) => Promise<unknown>;

/** @param guard wraps the promise of every call, e.g. to translate its errors */
export function remoteApi<Api extends object>(
	worker: Comlink.Endpoint,
	guard: <T>(call: Promise<T>) => Promise<T> = (call) => call,
): Api {
	const remote = Comlink.wrap(worker) as unknown as Record<string, Call>;
	return new Proxy({} as Api, {
		get(_, name) {
			// A promise that resolves to this object looks up `then`, which is not a method of the worker.
			if (typeof name === "symbol" || name === "then") return undefined;
			return (...args: unknown[]) =>
				guard(remote[name](...args.map((arg) => (typeof arg === "function" ? Comlink.proxy(arg as Call) : arg))));
		},
	});
}
