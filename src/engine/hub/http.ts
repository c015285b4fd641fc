// HTTP requests to the Hub or another host, with retries and error classification. Each attempt of a download starts at the
// Hub's own URL, so that an expired redirect is replaced.

import { TabTuneError } from "../../shared/errors.ts";
import { hubMessage } from "../../shared/messages/index.ts";
import {
	reason,
	reasonOf,
	refusal,
	TRANSIENT_STATUSES,
	TransientError,
	unreachable,
	writeRefusal,
} from "./http-errors.ts";

/** Platform functions; tests supply their own clock. */
export interface ClientRuntime {
	readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
	/** Waits `ms` milliseconds; rejects with the signal's reason when it aborts. */
	readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface HubClient extends ClientRuntime {
	readonly endpoint: string; // without a trailing slash
	readonly token: string | null;
	readonly signal: AbortSignal;
	/** Called before each wait. */
	readonly onWait?: (ms: number) => void;
	/** Consecutive failures without progress before giving up; 1 means no retry. */
	readonly tries?: number;
	/** The longest pause before a retry, in milliseconds. */
	readonly patience?: number;
}

/** Consecutive failures without progress before giving up, and the first pause; each further pause doubles. */
const TRIES = 6;
const FIRST_WAIT = 1000; // ms
/** A longer Retry-After counts as a failure. */
const LONGEST_WAIT = 10 * 60_000; // ms
/** A connection without data for this long is treated as lost. */
const SILENCE = 60_000; // ms
/** The slowest connection over which a file is sent. */
const SLOWEST_UPLOAD = 8; // bytes per ms
/**
 * Runs `work` and retries it after each TransientError.
 * @param work calls `progressed` when bytes have arrived, which resets the retry count
 */
export async function withRetry<T>(line: HubClient, work: (progressed: () => void) => Promise<T>): Promise<T> {
	for (let faults = 0; ; ) {
		try {
			return await work(() => {
				faults = 0;
			});
		} catch (thrown) {
			line.signal.throwIfAborted();
			if (!(thrown instanceof TransientError)) throw thrown;
			faults++;
			const pause = thrown.after ?? FIRST_WAIT * 2 ** (faults - 1);
			if (faults >= (line.tries ?? TRIES) || pause > (line.patience ?? LONGEST_WAIT)) throw thrown.final;
			line.onWait?.(pause);
			await line.wait(pause, line.signal);
		}
	}
}

/** Request options; `from` and `to` are the first and the last byte of the range. */
export interface RequestOptions {
	readonly what: string; // shown in errors
	readonly from?: number;
	readonly to?: number;
	readonly method?: "HEAD" | "POST" | "PUT";
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | Blob;
	/** Statuses that count as success: 409 for a repository that exists. */
	readonly accepted?: readonly number[];
	/** Return null instead of throwing when the file does not exist. */
	readonly orNull?: boolean;
}

/**
 * Sends one request. The token goes to the endpoint's origin only: fetch drops Authorization on a cross-origin redirect.
 * @throws TransientError for failures that can be retried, TabTuneError "model" for all others
 */
export async function request(
	line: HubClient,
	url: string,
	asking: RequestOptions & { orNull: true },
): Promise<Response | null>;
export async function request(line: HubClient, url: string, asking: RequestOptions): Promise<Response>;
export async function request(
	line: HubClient,
	url: string,
	{ what, from, to, method, orNull, body, accepted = [], ...rest }: RequestOptions,
): Promise<Response | null> {
	const headers: Record<string, string> = { ...rest.headers };
	if (from !== undefined) headers.Range = `bytes=${from}-${to ?? ""}`;
	const own = new URL(url).origin === new URL(line.endpoint).origin;
	if (own && line.token !== null) headers.Authorization = `Bearer ${line.token}`;
	let response: Response;
	// Nothing is heard while a body is sent.
	const silent = silenceOf(line.signal, SILENCE + (body instanceof Blob ? body.size / SLOWEST_UPLOAD : 0));
	try {
		response = await line.fetch(url, {
			headers,
			method: method ?? "GET",
			...(body === undefined ? {} : { body }),
			signal: silent.signal,
			cache: "no-store",
			credentials: "omit",
			referrerPolicy: "no-referrer",
		});
	} catch (cause) {
		silent.end();
		line.signal.throwIfAborted();
		const final = unreachable(url, cause);
		// A host without an address: the name is wrong, or there is no network at all.
		throw reason(cause) === "ENOTFOUND" ? final : new TransientError(final);
	}
	const good = response.ok || accepted.includes(response.status);
	if (good && method !== "HEAD") {
		silents.set(response, silent);
		return response;
	}
	silent.end();
	if (good) return response;
	const answer = method === "POST" || method === "PUT" ? await reasonOf(response) : "";
	await response.body?.cancel().catch(() => undefined);
	// Object stores answer 403 for missing files.
	if (orNull === true && [403, 404, 410].includes(response.status)) return null;
	if ((method === "POST" || method === "PUT") && !TRANSIENT_STATUSES.includes(response.status))
		throw writeRefusal(response, what, new URL(url), answer);
	throw refusal(line, response, what, new URL(url));
}

/** Streams a response body in chunks. @throws TransientError when the connection breaks or stalls */
export async function* chunksOf(line: HubClient, response: Response): AsyncGenerator<Uint8Array> {
	const silent = silents.get(response);
	const reader = response.body?.getReader();
	try {
		while (reader !== undefined) {
			const { done, value } = await reader.read();
			if (done) return;
			silent?.heard();
			yield value;
		}
	} catch (cause) {
		line.signal.throwIfAborted();
		throw new TransientError(unreachable(response.url, cause));
	} finally {
		silent?.end();
		await reader?.cancel().catch(() => undefined);
	}
}

/** The longest answer that is read whole: index files and tokenizers have a few tens of megabytes. */
const LONGEST_TEXT = 64 * 1024 * 1024; // bytes

/** Reads a small response body as text. @param what shown in errors @throws TabTuneError "model" for one that is too long */
export async function textOf(line: HubClient, response: Response, what: string): Promise<string> {
	const decoder = new TextDecoder();
	const texts: string[] = [];
	let length = 0;
	for await (const piece of chunksOf(line, response)) {
		length += piece.length;
		if (length > LONGEST_TEXT) throw tooLong(line, what, LONGEST_TEXT);
		texts.push(decoder.decode(piece, { stream: true }));
	}
	return texts.join("") + decoder.decode();
}

/** The error for an answer, or a small file, of more bytes than `limit`. */
export function tooLong({ endpoint }: Pick<HubClient, "endpoint">, what: string, limit: number): TabTuneError {
	return new TabTuneError("model", {
		what: hubMessage("tooLong", { what, megabytes: Math.round(limit / 1e6) }),
		where: new URL(endpoint).host,
		next: hubMessage("tooLong.next"),
	});
}

/** Downloads a small text file. @param what shown in errors */
export function requestText(line: HubClient, url: string, what: string): Promise<string> {
	return withRetry(line, async () => textOf(line, await request(line, url, { what }), what));
}

const silents = new WeakMap<Response, ReturnType<typeof silenceOf>>();

/** Aborts a request when its caller aborts or when no data has arrived for SILENCE. */
function silenceOf(outer: AbortSignal, limit: number) {
	const own = new AbortController();
	const end = () => own.abort(outer.reason);
	outer.addEventListener("abort", end, { once: true });
	if (outer.aborted) end();
	const start = () => setTimeout(() => own.abort(new DOMException("nothing was heard", "TimeoutError")), limit);
	let timer = start();
	return {
		signal: own.signal,
		heard() {
			clearTimeout(timer);
			timer = start();
		},
		end() {
			clearTimeout(timer);
			outer.removeEventListener("abort", end);
		},
	};
}

/** Waits with a real timer. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const stop = () => {
			clearTimeout(timer);
			reject(signal.reason);
		};
		const timer = setTimeout(() => {
			signal.removeEventListener("abort", stop);
			resolve();
		}, ms);
		signal.addEventListener("abort", stop, { once: true });
	});
}
