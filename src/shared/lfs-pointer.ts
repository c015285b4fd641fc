// Recognises Git LFS pointers: the small text files that a clone without git-lfs has in place of the large ones.
import { type ErrorCode, TabTuneError } from "./errors.ts";
import { filesMessage } from "./messages/index.ts";
import type { MessageText } from "./messages/message.ts";

const POINTER = "version https://git-lfs.github.com/spec/"; // https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md

/**
 * @param start the file, or at least its first 40 bytes
 * @throws TabTuneError `code` if the file is a Git LFS pointer
 */
export function refuseLfsPointer(start: string | Uint8Array, where: MessageText, code: ErrorCode): void {
	const text = typeof start === "string" ? start : String.fromCharCode(...start.subarray(0, POINTER.length));
	if (text.startsWith(POINTER))
		throw new TabTuneError(code, { what: filesMessage("lfsPointer"), where, next: filesMessage("lfsPointer.next") });
}
