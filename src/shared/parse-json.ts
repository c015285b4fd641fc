// Parses JSON files, with errors that name line and column.
import { type ErrorCode, TabTuneError } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";
import { isTooDeep, MOST_LEVELS } from "./json-depth.ts";
import { lineAndColumn, locateJsonError } from "./json-scan.ts";
import { refuseLfsPointer } from "./lfs-pointer.ts";
import { filesMessage } from "./messages/index.ts";

/**
 * Parses a file that must contain one object.
 * @param where the file name for error messages
 * @param parse parses the text without its byte-order mark; by default JSON.parse
 * @throws TabTuneError `code` with line and column
 */
export function parseJsonObject(
	text: string,
	where: string,
	code: ErrorCode,
	parse: (text: string) => unknown = (plain) => JSON.parse(plain),
): JsonObject {
	const plain = text.replace(/^\uFEFF/, "");
	const next = filesMessage("json.next");
	if (isTooDeep(plain))
		throw new TabTuneError(code, { what: filesMessage("tooDeep", { most: MOST_LEVELS }), where, next });
	let value: unknown;
	try {
		value = parse(plain);
	} catch (cause) {
		refuseLfsPointer(plain, where, code);
		const error = locateJsonError(plain);
		const problem =
			error === null
				? String(cause)
				: filesMessage("problemAt", { problem: error.what, place: lineAndColumn(plain, error.at) });
		throw new TabTuneError(code, { what: filesMessage("notJson", { problem }), where, next }, { cause });
	}
	if (!isObject(value)) throw new TabTuneError(code, { what: filesMessage("notObject"), where, next });
	return value;
}
