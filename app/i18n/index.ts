// Translations: `t("key", { name })` returns a text in the current language. The {names} that a text needs are derived
// from the English text, so a missing key or value is a type error. English is part of the first load; other languages
// load when they are selected. Lazily loaded features bring their own tables: `useT(hubTexts)`.

import { useMemo } from "react";
import { type Lang, useUi } from "../features/workspace/store.ts";
import { en } from "./en.ts";

export type Key = keyof typeof en;
type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Plain<Name> | Names<Rest> : never;
type Plain<Name extends string> = Name extends `${infer Before}|${string}` ? Before : Name;
/** Keys whose text has no {names}. */
export type PlainKey = { [K in Key]: [Names<(typeof en)[K]>] extends [never] ? K : never }[Key];
type Strings = Readonly<Record<string, string>>;
type Args<T extends Strings, K extends keyof T> = [Names<T[K]>] extends [never]
	? []
	: [values: Record<Names<T[K]>, string | number>];
export type Translate<T extends Strings = typeof en> = <K extends keyof T & string>(
	key: K,
	...args: Args<T, K>
) => string;
/** The texts of a lazily loaded feature in all languages. */
type Texts<T extends Strings> = Readonly<Record<Lang, Readonly<Record<keyof T, string>>>> & { readonly en: T };

type Table = Record<Key, string>;
const WORDS: Record<Lang, () => Promise<Table>> = {
	en: async () => en,
	zh: async () => (await import("./zh.ts")).zh,
};
const tables: Partial<Record<Lang, Table>> = { en };

/** Loads the texts of `lang`; await it before switching. @throws if they cannot be loaded (offline and not cached) */
export async function loadWords(lang: Lang): Promise<void> {
	tables[lang] ??= await WORDS[lang]();
}

const wordsOf = (lang: Lang): Table => tables[lang] ?? en;

export function translator(lang: Lang): Translate {
	return (key, ...args) => filled(wordsOf(lang)[key], args[0] ?? {});
}

/** A text with its {names} filled in. "{n} row{n|s}" has the plural ending unless n is 1. */
function filled(text: string, values: Readonly<Record<string, string | number>>): string {
	return text.replace(/\{(\w+)(?:\|(\w+))?\}/g, (whole, name: string, plural?: string) => {
		const value = String(values[name] ?? whole);
		return plural === undefined ? value : value === "1" ? "" : plural;
	});
}

/** Splits a text at its {names}, where a name is replaced by an element. */
export function pieces(text: string): { text: string; name: boolean }[] {
	return text.split(/(\{\w+\})/).map((part) => {
		const match = /^\{(\w+)\}$/.exec(part);
		return match === null ? { text: part, name: false } : { text: match[1], name: true };
	});
}

/** The text of `key` with its {names} left in, for `pieces`. */
export const template = (lang: Lang, key: Key): string => wordsOf(lang)[key];

export function useT(): Translate;
export function useT<T extends Strings>(texts: Texts<T>): Translate<T>;
export function useT<T extends Strings>(texts?: Texts<T>): Translate | Translate<T> {
	const lang = useUi((s) => s.lang);
	return useMemo(() => {
		if (texts === undefined) return translator(lang);
		const table: Readonly<Record<keyof T, string>> = texts[lang];
		return (key, ...args) => filled(table[key], args[0] ?? {});
	}, [lang, texts]);
}
