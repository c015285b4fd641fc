// Texts of "Measure this device", for useT.
import { measureEn } from "./texts.en.ts";
import { measureZh } from "./texts.zh.ts";

export const measureTexts = { en: measureEn, zh: measureZh };
