// The warning about a file whose text is not UTF-8: its encoding was detected, and may be another one.

import { dataMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { ENCODINGS } from "./bytes.ts";
import type { DataFile } from "./files.ts";

export function encodingWarnings({ encoding }: Pick<DataFile, "encoding">): Message[] {
	return encoding === undefined ? [] : [dataMessage("readAs", { encoding: ENCODINGS[encoding] })];
}
