// The words of a view that comes when it is opened: they come with its code, both languages, and are no keys of en.ts.
import { useMemo } from "react";
import { useUi } from "../features/workspace/store.ts";
import { filled } from "./index.ts";

export type Words<K extends string> = (key: K, values?: Record<string, string | number>) => string;

export function useLazyWords<K extends string>(
	en: Readonly<Record<K, string>>,
	zh: Readonly<Record<K, string>>,
): Words<K> {
	const lang = useUi((s) => s.lang);
	return useMemo(() => {
		const table = lang === "zh" ? zh : en;
		return (key, values = {}) => filled(table[key], values);
	}, [lang, en, zh]);
}
