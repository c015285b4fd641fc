// Warnings about rows. Each kind is reported once, with the number of rows and the first one.
import { dataMessage } from "../../shared/messages/data.en.ts";
import type { Message, MessageText } from "../../shared/messages/message.ts";

/** Creates a warning from the rows it is about: "3 rows (the first: data.jsonl, line 7)". */
type WarningOf = (rows: Message) => Message;

export class Warnings {
	private readonly kinds = new Map<string, { count: number; first: MessageText; warning: WarningOf }>();

	/** Counts one row. */
	add(kind: string, where: MessageText, warning: WarningOf): void {
		const known = this.kinds.get(kind);
		if (known === undefined) this.kinds.set(kind, { count: 1, first: where, warning });
		else known.count++;
	}

	/** The number of rows of a kind. */
	count(kind: string): number {
		return this.kinds.get(kind)?.count ?? 0;
	}

	messages(): Message[] {
		return [...this.kinds.values()].map(({ count, first, warning }) =>
			warning(count === 1 ? dataMessage("oneRow", { place: first }) : dataMessage("rows", { count, place: first })),
		);
	}
}
