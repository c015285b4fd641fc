// The window's words in the language in use.
import { useLazyWords, type Words as WordsOf } from "../../i18n/lazy-words.ts";
import { wordsEn } from "./texts.en.ts";
import { wordsZh } from "./texts.zh.ts";

export type Words = WordsOf<keyof typeof wordsEn>;

export const useWords = (): Words => useLazyWords<keyof typeof wordsEn>(wordsEn, wordsZh);
