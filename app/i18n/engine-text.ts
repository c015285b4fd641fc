// The engine's sentences in the page's language. The engine speaks English, for the command as for the page; here a
// sentence is matched against the patterns of a table (engine.zh.ts), longest first, and its holes are put in again.

import { useEffect, useState } from "react";
import { type MessageText, textOf } from "../../src/shared/messages/message.ts";
import { type Lang, useUi } from "../features/workspace/store.ts";

type Table = Readonly<Record<string, string>>;
interface Pattern {
	readonly match: RegExp;
	readonly to: string;
	readonly weight: number;
	/** So little of its own ("{0} at {1}") that it may stand for a part of a sentence alone. */
	readonly partOnly: boolean;
}

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

type Said = (text: MessageText) => string;
const english: Said = textOf;

let chinese: Promise<Said> | undefined;
// Read only where it is needed, and once: in English there is nothing to translate.
const TRANSLATORS: { readonly [L in Lang]: () => Promise<Said> } = {
	en: async () => english,
	zh: () => {
		chinese ??= Promise.all([import("./engine.zh.ts"), import("../../src/shared/messages/zh.ts")]).then(
			([{ engineZh }, { messageInChinese }]) => {
				const translate = engineTranslator(engineZh);
				return (text) => (typeof text === "string" ? translate(text) : messageInChinese(text));
			},
		);
		return chinese;
	},
};

/** For components: translates what the engine said; English until the table has come. */
export function useEngineText(): Said {
	const lang = useUi((s) => s.lang);
	const [said, setSaid] = useState(() => english);
	useEffect(() => {
		let current = true;
		void TRANSLATORS[lang]().then((translate) => current && setSaid(() => translate));
		return () => {
			current = false;
		};
	}, [lang]);
	return said;
}
