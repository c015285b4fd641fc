// The words of the page by key, in the language in use. `t` knows which {names} a string needs from its English
// text, so that a forgotten one is a type error. To add a language: a file like zh.ts, and a line in `TABLES`.

import { useMemo } from "react";
import { type Lang, useUi } from "../stores/ui.ts";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

export type Key = keyof typeof en;
type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Args<K extends Key> = [Names<(typeof en)[K]>] extends [never]
	? []
	: [values: Record<Names<(typeof en)[K]>, string | number>];
export type Translate = <K extends Key>(key: K, ...args: Args<K>) => string;

const TABLES: Record<Lang, Record<Key, string>> = { en, zh };

export function translator(lang: Lang): Translate {
	return (key, ...args) => {
		return filled(TABLES[lang][key], args[0] ?? {});
	};
}

/** A text with its {names} filled in. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
	return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Splits a string at its {names}, for places where a name stands for an element and not a text. */
export function pieces(text: string): { text: string; name: boolean }[] {
	return text.split(/(\{\w+\})/).map((part) => {
		const match = /^\{(\w+)\}$/.exec(part);
		return match === null ? { text: part, name: false } : { text: match[1], name: true };
	});
}

/** The string of `key` with its {names} left in, for `pieces`. */
export const template = (lang: Lang, key: Key): string => TABLES[lang][key];

export function useT(): Translate {
	const lang = useUi((s) => s.lang);
	return useMemo(() => translator(lang), [lang]);
}
