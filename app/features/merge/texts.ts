// Texts of the merge study, for useT.
import { mergeEn } from "./texts.en.ts";
import { mergeZh } from "./texts.zh.ts";

export const mergeTexts = { en: mergeEn, zh: mergeZh };
