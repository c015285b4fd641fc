// Warnings about rows, told once each with how many rows and which came first: ten thousand equal lines help nobody.

export class Warnings {
	private readonly kinds = new Map<string, { count: number; first: string; text: (rows: string) => string }>();

	/** Counts one row. `text` is given "3 rows (the first: data.jsonl, line 7)". */
	add(kind: string, where: string, text: (rows: string) => string): void {
		const known = this.kinds.get(kind);
		if (known === undefined) this.kinds.set(kind, { count: 1, first: where, text });
		else known.count++;
	}

	/** How many rows a kind has. */
	count(kind: string): number {
		return this.kinds.get(kind)?.count ?? 0;
	}

	lines(): string[] {
		return [...this.kinds.values()].map(({ count, first, text }) =>
			text(count === 1 ? `1 row (${first})` : `${count} rows (the first: ${first})`),
		);
	}
}
