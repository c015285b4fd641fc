// The fields of a row: which have a value, and which have been read. Fields that nobody reads are reported in a warning, so
// that a column never changes or loses the meaning of a row without a word.

import { canonicalField } from "../../shared/data-shapes.ts";
import type { JsonObject } from "../../shared/json.ts";

export class Fields {
	private readonly values: ReadonlyMap<string, unknown>;
	private readonly read = new Set<string>();

	/** Names that differ from those of a known field only in case or by a note in brackets are read as that field. */
	constructor(row: JsonObject) {
		const values = new Map<string, unknown>();
		for (const [name, value] of Object.entries(row)) {
			const known = canonicalField(name);
			values.set(known === name || !(known in row) ? known : name, value);
		}
		this.values = values;
	}

	get names(): string[] {
		return [...this.values.keys()];
	}

	/** Whether the row names the field, if only with null. */
	named(name: string): boolean {
		return this.values.has(name);
	}

	/** Whether the field has a value. Null stands for a column that the row does not have, and so does the NaN of pandas. */
	has(name: string): boolean {
		const value = this.values.get(name);
		return value !== undefined && value !== null && !Number.isNaN(value);
	}

	/** Whether the field has content. A table writes an empty cell, and a merged data set an empty list, for no value. */
	filled(name: string): boolean {
		const value = this.values.get(name);
		return this.has(name) && value !== "" && !(Array.isArray(value) && value.length === 0);
	}

	/** The first of these fields that has content. */
	first(names: readonly string[]): string | undefined {
		return names.find((name) => this.filled(name));
	}

	take(name: string): unknown {
		this.read.add(name);
		return this.values.get(name);
	}

	/** Fields with content that were not read. */
	get unused(): string[] {
		return this.names.filter((name) => this.filled(name) && !this.read.has(name));
	}
}
