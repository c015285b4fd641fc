// The line to the Hub: a request, what its answer means, and which faults pass if one waits. A download begins at the Hub each
// time, so that a redirect that has expired is made anew. To treat another status: a line in `refusal` or PASSING.
import { TabTuneError } from "../errors.ts";

/** What is used of the machine; tests bring their own clock. */
export interface LineTools {
	readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
	/** @param ms how long; ends early, with its reason, when the signal does */
	readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Line extends LineTools {
	readonly endpoint: string; // without a slash at its end
	readonly token: string | null;
	readonly signal: AbortSignal;
	/** Told before it waits. */
	readonly onWait?: (ms: number) => void;
	/** Faults in a row without a byte between them before it gives up; 1 asks once. */
	readonly tries?: number;
	/** The longest pause that it waits out, milliseconds. */
	readonly patience?: number;
}

/** Faults in a row without a byte in between, and the first pause after one; each further pause is twice as long. */
const TRIES = 6;
const FIRST_WAIT = 1000; // ms
/** A pause that a server asks for and nobody sits through. */
const LONGEST_WAIT = 10 * 60_000; // ms
/** A connection that says nothing for so long has gone. */
const SILENCE = 60_000; // ms
/** Statuses that pass. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

/** Nobody could be asked, or not now: what is kept on this device may do. */
export class Unreachable extends TabTuneError {}

/** A fault that may pass: `final` is what to say when it does not. */
export class PassingFault extends Error {
	constructor(
		readonly final: Unreachable,
		readonly after: number | null = null, // ms, where the server says
	) {
		super(final.message);
	}
}

/**
 * Runs `work` until it succeeds, again after each fault that may pass.
 * @param work calls `progressed` when bytes have come, which gives it all its tries again
 */
export async function persistently<T>(line: Line, work: (progressed: () => void) => Promise<T>): Promise<T> {
	for (let faults = 0; ; ) {
		try {
			return await work(() => {
				faults = 0;
			});
		} catch (thrown) {
			line.signal.throwIfAborted();
			if (!(thrown instanceof PassingFault)) throw thrown;
			faults++;
			const pause = thrown.after ?? FIRST_WAIT * 2 ** (faults - 1);
			if (faults >= (line.tries ?? TRIES) || pause > (line.patience ?? LONGEST_WAIT)) throw thrown.final;
			line.onWait?.(pause);
			await line.wait(pause, line.signal);
		}
	}
}

/** How one request is made; `from` and `to` are the first and the last byte wanted. */
export interface Asking {
	readonly what: string; // shown in errors
	readonly from?: number;
	readonly to?: number;
	readonly method?: "HEAD";
	/** Null instead of an error where there is no such file. */
	readonly orNull?: boolean;
}

/**
 * One request. The token goes to the endpoint's origin alone: no browser or Node passes Authorization on to another origin.
 * @throws PassingFault for what may pass, TabTuneError "model" for what will not
 */
export async function ask(line: Line, url: string, asking: Asking & { orNull: true }): Promise<Response | null>;
export async function ask(line: Line, url: string, asking: Asking): Promise<Response>;
export async function ask(
	line: Line,
	url: string,
	{ what, from, to, method, orNull }: Asking,
): Promise<Response | null> {
	const headers: Record<string, string> = {};
	if (from !== undefined) headers.Range = `bytes=${from}-${to ?? ""}`;
	const own = new URL(url).origin === new URL(line.endpoint).origin;
	if (own && line.token !== null) headers.Authorization = `Bearer ${line.token}`;
	let response: Response;
	const silent = silenceOf(line.signal);
	try {
		response = await line.fetch(url, {
			headers,
			method: method ?? "GET",
			signal: silent.signal,
			cache: "no-store",
			credentials: "omit",
			referrerPolicy: "no-referrer",
		});
	} catch (cause) {
		silent.end();
		line.signal.throwIfAborted();
		throw new PassingFault(gone(url, cause));
	}
	if (response.ok && method !== "HEAD") {
		silents.set(response, silent);
		return response;
	}
	silent.end();
	if (response.ok) return response;
	await response.body?.cancel().catch(() => undefined);
	// Object stores say 403 of what is not there.
	if (orNull === true && [403, 404, 410].includes(response.status)) return null;
	throw refusal(line, response, what, new URL(url));
}

/** The pieces of a body as they come. @throws PassingFault when it breaks off or falls silent */
export async function* piecesOf(line: Line, response: Response): AsyncGenerator<Uint8Array> {
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
		throw new PassingFault(gone(response.url, cause));
	} finally {
		silent?.end();
		await reader?.cancel().catch(() => undefined);
	}
}

/** A small body whole. */
export async function textOf(line: Line, response: Response): Promise<string> {
	const decoder = new TextDecoder();
	let text = "";
	for await (const piece of piecesOf(line, response)) text += decoder.decode(piece, { stream: true });
	return text + decoder.decode();
}

/** A small file of its own. @param what shown in errors */
export function askText(line: Line, url: string, what: string): Promise<string> {
	return persistently(line, async () => textOf(line, await ask(line, url, { what })));
}

const silents = new WeakMap<Response, ReturnType<typeof silenceOf>>();

/** Ends a request when its caller does, or when nothing has been heard for long. */
function silenceOf(outer: AbortSignal) {
	const own = new AbortController();
	const end = () => own.abort(outer.reason);
	outer.addEventListener("abort", end, { once: true });
	if (outer.aborted) end();
	const start = () => setTimeout(() => own.abort(new DOMException("nothing was heard", "TimeoutError")), SILENCE);
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

function gone(url: string, cause: unknown): Unreachable {
	return new Unreachable(
		"model",
		{
			what: `the connection to ${new URL(url).host} failed`,
			where: reason(cause),
			next: "check the network, and ask again: what has arrived is kept",
		},
		{ cause },
	);
}

/** Node hides the reason in the cause's cause. */
function reason(cause: unknown): string {
	const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
	const { code, message } = inner as { code?: string; message?: string };
	return code ?? (message === undefined || message === "" ? String(inner) : message);
}

function refusal(line: Line, response: Response, what: string, asked: URL): PassingFault | TabTuneError {
	const { status, headers } = response;
	const host = new URL(response.url || asked).host;
	if (PASSING.includes(status))
		return new PassingFault(
			new Unreachable("model", {
				what: status === 429 ? "it has been asked too often" : `the server answered with status ${status}`,
				where: host,
				next: "wait a while and ask again: what has arrived is kept",
			}),
			retryAfter(headers.get("Retry-After")),
		);
	// Where the endpoint sent us on to another place: the signed link has expired, and the endpoint makes a new one.
	if ((status === 401 || status === 403) && host !== asked.host)
		return new PassingFault(
			new Unreachable("model", {
				what: `the link to ${what} was refused, and so was each new one`,
				where: host,
				next: "ask again later: what has arrived is kept",
			}),
		);
	const code = headers.get("X-Error-Code");
	if (code === "RevisionNotFound")
		return new TabTuneError("model", {
			what: `${what} has no such revision`,
			where: host,
			next: "name a branch, a tag or a commit of it, or leave the revision out",
		});
	if (code === "GatedRepo" || status === 403) return gated(line.token, what, host);
	if (status === 401 && line.token !== null && code !== "RepoNotFound")
		return new TabTuneError("model", {
			what: "the token is not known there",
			where: host,
			next: "make a new token with the right to read, and give that",
		});
	if (status === 401 || status === 404)
		return new TabTuneError("model", {
			what: code === "EntryNotFound" ? `${what} is not there` : `there is no ${what}, or it is private`,
			where: host,
			next: "check the spelling; a private model needs a token of someone who may read it",
		});
	return new TabTuneError("model", {
		what: `${what} was refused with status ${status}`,
		where: host,
		next: "check the name, or open its page in a browser",
	});
}

/** A model whose owner lets in only those who accepted the terms. */
export function gated(token: string | null, what: string, where: string): TabTuneError {
	return token === null
		? new TabTuneError("model", {
				what: `${what} is gated: its owner asks everyone to accept terms first`,
				where,
				next: "accept them on the model's page, make a token with the right to read, and give that",
			})
		: new TabTuneError("model", {
				what: `the account of this token may not read ${what} yet`,
				where,
				next: "accept the terms on the model's page; some owners let people in by hand",
			});
}

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from now; null when it says nothing. */
function retryAfter(text: string | null): number | null {
	if (text === null || text.trim() === "") return null;
	const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
	return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** Waits by the clock of the machine. */
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
