// The engine's sentences in the page's language. The engine speaks English, for the command as for the page; here a
// sentence is matched against the patterns of a table (engine.zh.ts), longest first, and its holes are put in again.

import { useEffect, useMemo, useState } from "react";
import { type Lang, useUi } from "../stores/ui.ts";

type Table = Readonly<Record<string, string>>;
interface Pattern {
	readonly match: RegExp;
	readonly to: string;
	readonly weight: number;
	/** So little of its own ("{0} at {1}") that it may stand for a part of a sentence alone. */
	readonly partOnly: boolean;
}

// Read only where they are needed: in English there is nothing to translate.
const TABLES: { readonly [L in Lang]?: () => Promise<Table> } = {
	zh: () => import("./engine.zh.ts").then(({ engineZh }) => engineZh),
};

function patternsOf(table: Table): Pattern[] {
	const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
	return Object.entries(table)
		.map(([from, to]) => {
			const literals = from.split(/\{\d+\}/);
			const weight = literals.join("").length;
			return {
				match: new RegExp(`^${literals.map(escaped).join("(.*?)")}$`, "s"),
				to,
				weight,
				partOnly: literals[0] === "" && weight < 5,
			};
		})
		.sort((a, b) => b.weight - a.weight);
}

/** A function from the engine's English to the table's language. What the table does not have comes back as it is. */
export function engineTranslator(table: Table): (text: string) => string {
	const patterns = patternsOf(table);
	const translate = (text: string, part: boolean): string => {
		for (const { match, to, partOnly } of patterns) {
			if (partOnly && !part) continue;
			const found = match.exec(text);
			if (found !== null)
				return to.replace(/\{(\d+)\}/g, (_, hole: string) => translate(found[Number(hole) + 1], true));
		}
		return text;
	};
	return (text) => translate(text, false);
}

const same = (text: string): string => text;

/** For components: translates what the engine said; English until the table has come. */
export function useEngineText(): (text: string) => string {
	const lang = useUi((s) => s.lang);
	const [table, setTable] = useState<Table | null>(null);
	useEffect(() => {
		let current = true;
		setTable(null);
		void TABLES[lang]?.().then((loaded) => current && setTable(loaded));
		return () => {
			current = false;
		};
	}, [lang]);
	return useMemo(() => (table === null ? same : engineTranslator(table)), [table]);
}
