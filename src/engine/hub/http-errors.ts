// Errors of requests: which failures are retried, and what a refusal means.
import { TabTuneError } from "../../shared/errors.ts";
import { hubMessage } from "../../shared/messages/index.ts";

/** HTTP statuses that are retried. */
export const TRANSIENT_STATUSES = [408, 425, 429, 500, 502, 503, 504];

/** The host could not be reached or is busy; a cached model may be used instead. */
export class NetworkError extends TabTuneError {}

/** A failure that is retried; `final` is thrown after the last attempt. */
export class TransientError extends Error {
	constructor(
		readonly final: NetworkError,
		readonly after: number | null = null, // ms, from Retry-After
	) {
		super(final.message);
	}
}

export function unreachable(url: string, cause: unknown): NetworkError {
	return new NetworkError(
		"model",
		{
			what: hubMessage("connectionFailed", { host: new URL(url).host }),
			where: reason(cause),
			next: hubMessage("connectionFailed.next"),
		},
		{ cause },
	);
}

/** Node stores the reason in the cause's cause. */
export function reason(cause: unknown): string {
	const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
	const { code, message } = inner as { code?: string; message?: string };
	return code ?? (message === undefined || message === "" ? String(inner) : message);
}

export function refusal(
	{ token }: { readonly token: string | null },
	response: Response,
	what: string,
	asked: URL,
): TransientError | TabTuneError {
	const { status, headers } = response;
	const host = new URL(response.url || asked).host;
	if (TRANSIENT_STATUSES.includes(status))
		return new TransientError(
			new NetworkError("model", {
				what: status === 429 ? hubMessage("rateLimited") : hubMessage("serverError", { status }),
				where: host,
				next: hubMessage("retryLater.next"),
			}),
			retryAfter(headers.get("Retry-After")),
		);
	// After a redirect: the signed URL has expired, and the endpoint issues a new one.
	if ((status === 401 || status === 403) && host !== asked.host)
		return new TransientError(
			new NetworkError("model", {
				what: hubMessage("linkRefused", { what }),
				where: host,
				next: hubMessage("retryLater.next"),
			}),
		);
	const code = headers.get("X-Error-Code");
	if (code === "RevisionNotFound")
		return new TabTuneError("model", {
			what: hubMessage("noRevision", { what }),
			where: host,
			next: hubMessage("noRevision.next"),
		});
	if (code === "GatedRepo" || status === 403) return gated(token, what, host);
	if (status === 401 && token !== null && code !== "RepoNotFound")
		return new TabTuneError("model", {
			what: hubMessage("badToken"),
			where: host,
			next: hubMessage("badToken.next"),
		});
	if (status === 401 || status === 404)
		return new TabTuneError("model", {
			what: code === "EntryNotFound" ? hubMessage("notFound", { what }) : hubMessage("notFoundOrPrivate", { what }),
			where: host,
			next: hubMessage("notFoundOrPrivate.next"),
		});
	return new TabTuneError("model", {
		what: hubMessage("refused", { what, status }),
		where: host,
		next: hubMessage("refused.next"),
	});
}

/** Why a server refuses a request: the "error" of its JSON answer, at most a few hundred characters. */
export async function reasonOf(response: Response): Promise<string> {
	const text = (await response.text().catch(() => "")).slice(0, 10_000);
	try {
		const { error } = JSON.parse(text) as { error?: unknown };
		return typeof error === "string" ? error : "";
	} catch {
		return "";
	}
}

export function writeRefusal({ status }: Response, what: string, { host }: URL, answer: string): TabTuneError {
	const reason = answer === "" ? String(status) : `${status}, ${answer}`;
	const forbidden = status === 401 || status === 403;
	return new TabTuneError("model", {
		what: forbidden ? hubMessage("writeForbidden", { what, reason }) : hubMessage("writeRefused", { what, reason }),
		where: host,
		next: hubMessage(forbidden ? "writeForbidden.next" : "writeRefused.next"),
	});
}

/** The error for a model whose terms must be accepted first. */
export function gated(token: string | null, what: string, where: string): TabTuneError {
	return token === null
		? new TabTuneError("model", {
				what: hubMessage("gated", { what }),
				where,
				next: hubMessage("gated.next"),
			})
		: new TabTuneError("model", {
				what: hubMessage("gatedForAccount", { what }),
				where,
				next: hubMessage("gatedForAccount.next"),
			});
}

/** Parses Retry-After, seconds or a date (RFC 9110, 10.2.3), as milliseconds from now; null when absent or invalid. */
function retryAfter(text: string | null): number | null {
	if (text === null || text.trim() === "") return null;
	const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
	return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
