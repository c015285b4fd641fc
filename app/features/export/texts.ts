// Texts of the dialog that exports files for other programs, for useT.
import { exportEn } from "./texts.en.ts";
import { exportZh } from "./texts.zh.ts";

export const exportTexts = { en: exportEn, zh: exportZh };
