// Errors of the command line itself. They are English only, so all of them share one entry of a message table.
import { type ErrorCode, TabTuneError } from "../shared/errors.ts";
import { type MessageText, messagesOf } from "../shared/messages/message.ts";

const cliMessage = messagesOf<{ literal: "{text}" }>("cli");

/** An error with English texts that have no translation. */
export function cliError(
	code: ErrorCode,
	{ what, where, next }: { readonly what: string; readonly where?: MessageText; readonly next: string },
	options?: { cause?: unknown },
): TabTuneError {
	const parts = { what: cliMessage("literal", { text: what }), next: cliMessage("literal", { text: next }) };
	return new TabTuneError(code, where === undefined ? parts : { ...parts, where }, options);
}
