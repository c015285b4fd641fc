// Texts of answer scoring, for useT.
import { scoreEn } from "./texts.en.ts";
import { scoreZh } from "./texts.zh.ts";

export const scoreTexts = { en: scoreEn, zh: scoreZh };
