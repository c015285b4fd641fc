// The error of a write for which the browser or the disk has no space left.
import { TabTuneError } from "../../shared/errors.ts";
import { storageMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";

export const noSpace = (where: MessageText, cause: unknown): TabTuneError =>
	new TabTuneError(
		"storage",
		{ what: storageMessage("noSpace"), where, next: storageMessage("noSpace.next") },
		{ cause },
	);
