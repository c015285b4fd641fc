// The words of the page by key, in the language in use. `t` knows which {names} a string needs from its English
// text, so that a forgotten one is a type error. English comes with the page, another language when it is chosen. To add
// one: a file like zh.ts, and a line in `WORDS`.

import { useMemo } from "react";
import { type Lang, useUi } from "../features/workspace/store.ts";
import { en } from "./en.ts";

export type Key = keyof typeof en;
type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Args<K extends Key> = [Names<(typeof en)[K]>] extends [never]
	? []
	: [values: Record<Names<(typeof en)[K]>, string | number>];
export type Translate = <K extends Key>(key: K, ...args: Args<K>) => string;

type Table = Record<Key, string>;
const WORDS: Record<Lang, () => Promise<Table>> = {
	en: async () => en,
	zh: async () => (await import("./zh.ts")).zh,
};
const tables: Partial<Record<Lang, Table>> = { en };

/** To be awaited before `lang` is shown. @throws when its words do not come (no network, and not kept on the device) */
export async function loadWords(lang: Lang): Promise<void> {
	tables[lang] ??= await WORDS[lang]();
}

const wordsOf = (lang: Lang): Table => tables[lang] ?? en;

export function translator(lang: Lang): Translate {
	return (key, ...args) => filled(wordsOf(lang)[key], args[0] ?? {});
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
export const template = (lang: Lang, key: Key): string => wordsOf(lang)[key];

export function useT(): Translate {
	const lang = useUi((s) => s.lang);
	return useMemo(() => translator(lang), [lang]);
}
