// Warnings about rows. Each kind is reported once, with the number of rows and the first one.
import { dataMessage, rowsMessage } from "../../shared/messages/index.ts";
import type { Message, MessageText } from "../../shared/messages/message.ts";

/** Unused fields that the warning names. */
const MOST_NAMES = 20;

/** Creates a warning from the rows it is about: "3 rows (the first: data.jsonl, line 7)". */
type WarningOf = (rows: Message) => Message;

export class Warnings {
	private readonly kinds = new Map<string, { count: number; first: MessageText; warning: WarningOf }>();

	private readonly unusedFields = new Set<string>();

	/** Notes fields of a row that were not read; all rows have one warning about them. */
	unused(names: readonly string[]): void {
		for (const name of names) this.unusedFields.add(name);
	}

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
		const counted = [...this.kinds.values()].map(({ count, first, warning }) =>
			warning(count === 1 ? dataMessage("oneRow", { place: first }) : dataMessage("rows", { count, place: first })),
		);
		if (this.unusedFields.size === 0) return counted;
		const names = [...this.unusedFields].slice(0, MOST_NAMES).map((name) => JSON.stringify(name));
		if (this.unusedFields.size > MOST_NAMES) names.push("…");
		return [...counted, rowsMessage("unused", { names: names.join(", ") })];
	}
}
