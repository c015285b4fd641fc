// Errors in English, for files and copied texts. Imports the English texts of all messages.
import type { ErrorInfo } from "../errors.ts";
import { messageInEnglish } from "./en.ts";
import type { MessageText } from "./message.ts";

const english = (text: MessageText): string => (typeof text === "string" ? text : messageInEnglish(text));

/** The parts of an error as English text. */
export function englishError({ code, what, where, next, details }: ErrorInfo): ErrorInfo & { what: string } {
	return {
		code,
		what: english(what),
		...(where === undefined ? {} : { where: english(where) }),
		...(next === undefined ? {} : { next: english(next) }),
		...(details === undefined ? {} : { details }),
	};
}
