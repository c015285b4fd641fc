// Warnings about rows. Each kind is reported once, with the number of rows and the first one.

export class Warnings {
	private readonly kinds = new Map<string, { count: number; first: string; text: (rows: string) => string }>();

	/** Counts one row. `text` is given "3 rows (the first: data.jsonl, line 7)". */
	add(kind: string, where: string, text: (rows: string) => string): void {
		const known = this.kinds.get(kind);
		if (known === undefined) this.kinds.set(kind, { count: 1, first: where, text });
		else known.count++;
	}

	/** The number of rows of a kind. */
	count(kind: string): number {
		return this.kinds.get(kind)?.count ?? 0;
	}

	lines(): string[] {
		return [...this.kinds.values()].map(({ count, first, text }) =>
			text(count === 1 ? `1 row (${first})` : `${count} rows (the first: ${first})`),
		);
	}
}
