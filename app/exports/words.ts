// The window's words in the language in use.
import { useMemo } from "react";
import { filled } from "../i18n/index.ts";
import { useUi } from "../stores/ui.ts";
import { wordsEn } from "./words.en.ts";
import { wordsZh } from "./words.zh.ts";

export type Words = (key: keyof typeof wordsEn, values?: Record<string, string | number>) => string;

export function useWords(): Words {
	const lang = useUi((s) => s.lang);
	return useMemo(() => {
		const table: Record<keyof typeof wordsEn, string> = lang === "zh" ? wordsZh : wordsEn;
		return (key, values = {}) => filled(table[key], values);
	}, [lang]);
}
