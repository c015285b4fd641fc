// User-facing errors. Each states what is wrong, where, and what to do next. The page shows the three parts in its language;
// the command line prints them in one line of English. To add a kind of error, add a `code` and throw it.

import { type Message, type MessageText, shortened, textOf } from "./messages/message.ts";

export type ErrorCode =
	| "usage" // an unknown option, a missing argument, a setting out of range
	| "data" // a data file that cannot be read or trained on
	| "model" // a model folder that is broken or of a family we do not know
	| "adapter" // an adapter that is broken or made for another base
	| "tokenizer" // a tokenizer or chat template that does not load or fails on a row
	| "no-adapter" // no usable WebGPU adapter
	| "device-lost" // the GPU went away while working
	| "memory" // it does not fit
	| "storage" // disk full, folder not writable
	| "busy" // another tab or call uses the resource
	| "numeric" // NaN or Inf three steps in a row
	| "not-yet" // a feature that is not supported yet
	| "internal";

export interface ErrorParts {
	/** What is wrong, a clause without a full stop: "row 17 is not JSON". */
	readonly what: Message;
	/** Where: file and line, tensor, module, setting. */
	readonly where?: MessageText;
	/** What to do next, a sentence in the imperative. */
	readonly next?: Message;
}

/** An error as it crosses the worker boundary; `code` is an ErrorCode, or one that only the page has. `what` is a plain string when the error is an exception of a library. */
export interface ErrorInfo {
	code: string;
	what: MessageText;
	where?: MessageText;
	next?: MessageText;
	details?: string;
}

/** An error with a message for the user. Crosses the worker boundary as plain fields. */
export class TabTuneError extends Error {
	override readonly name = "TabTuneError";
	readonly code: ErrorCode;
	readonly parts: ErrorParts;

	constructor(code: ErrorCode, { where, ...parts }: ErrorParts, options?: { cause?: unknown }) {
		const short = typeof where === "string" ? shortened(where) : where;
		const all = short === undefined ? parts : { ...parts, where: short };
		super(formatParts(all), options);
		this.code = code;
		this.parts = all;
	}
}

/** What Chromium, Firefox and Safari say when an `import()` cannot fetch its file. */
const NOT_LOADED = /dynamically imported module|Importing a module script failed/i;

/** Whether code could not be loaded: the network is down, or a newer version was deployed. */
export const isNotLoaded = (error: Error): boolean => NOT_LOADED.test(error.message);

/** One line of English: `what (where): next`. */
export function formatParts({ what, where, next }: ErrorParts): string {
	const head = where === undefined ? textOf(what) : `${textOf(what)} (${textOf(where)})`;
	return next === undefined ? head : `${head}: ${textOf(next)}`;
}
