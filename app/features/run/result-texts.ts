// Texts of the result of a run, for useT.
import { resultEn } from "./result.en.ts";
import { resultZh } from "./result.zh.ts";

export const resultTexts = { en: resultEn, zh: resultZh };
