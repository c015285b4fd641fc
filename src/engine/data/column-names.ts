// Gives the columns of a file the names of row fields, as rename_column of datasets does.

import { TabTuneError } from "../../shared/errors.ts";
import { isObject } from "../../shared/json.ts";
import { intakeMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import { copySpelling } from "./exact-json.ts";

export class ColumnNames {
	private readonly missing: Set<string>;
	/** The columns of the first row. */
	private seen: readonly string[] | null = null;

	/** @param columns from the name in the file to the name of the field */
	constructor(
		private readonly columns: Readonly<Record<string, string>>,
		private readonly file: string,
	) {
		this.missing = new Set(Object.keys(columns));
	}

	/** @throws TabTuneError "data" if two columns get the same name, or if the first row has none of the columns */
	rename(row: unknown, where: MessageText): unknown {
		if (!isObject(row)) return row;
		const names = Object.keys(row);
		const renamed: Record<string, unknown> = {};
		for (const name of names) {
			const to = Object.hasOwn(this.columns, name) ? this.columns[name] : name;
			this.missing.delete(name);
			if (Object.hasOwn(renamed, to))
				throw new TabTuneError("data", {
					what: intakeMessage("columnTwice", { name: to }),
					where,
					next: intakeMessage("columnTwice.next"),
				});
			renamed[to] = row[name];
		}
		if (this.seen === null) {
			this.seen = names;
			if (this.missing.size === Object.keys(this.columns).length) this.checkFound();
		}
		return copySpelling(row, renamed);
	}

	/** @throws TabTuneError "data" for a column that no row had */
	checkFound(): void {
		if (this.missing.size === 0 || this.seen === null) return;
		throw new TabTuneError("data", {
			what: intakeMessage("noColumn", { names: [...this.missing].join(", ") }),
			where: this.file,
			next: intakeMessage("noColumn.next", { names: this.seen.join(", ") }),
		});
	}
}
