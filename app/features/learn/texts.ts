// Texts of the Learn page, for useT.
import { learnEn } from "./texts.en.ts";
import { learnZh } from "./texts.zh.ts";

export const learnTexts = { en: learnEn, zh: learnZh };
