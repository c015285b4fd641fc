// Texts of the Hub part of the model panel, for useT.
import { hubEn } from "./texts.en.ts";
import { hubZh } from "./texts.zh.ts";

export const hubTexts = { en: hubEn, zh: hubZh };
