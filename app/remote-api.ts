// The page's side of a worker's API: every method crosses by Comlink, and functions among its arguments become callbacks.
import * as Comlink from "comlink";

type Call = (...args: unknown[]) => Promise<unknown>;

/** @param guard sees the promise of every call, to add to it or to translate its errors */
export function remoteApi<Api extends object>(
	worker: Comlink.Endpoint,
	guard: <T>(call: Promise<T>) => Promise<T> = (call) => call,
): Api {
	const remote = Comlink.wrap(worker) as unknown as Record<string, Call>;
	return new Proxy({} as Api, {
		get(_, name) {
			// A promise that resolves to this object looks for `then`, which is no method of the worker.
			if (typeof name === "symbol" || name === "then") return undefined;
			return (...args: unknown[]) =>
				guard(remote[name](...args.map((arg) => (typeof arg === "function" ? Comlink.proxy(arg as Call) : arg))));
		},
	});
}
