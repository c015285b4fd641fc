// Texts of the dialog that exports files for other programs, for useT.
import { exportEn } from "./dialog.en.ts";
import { exportZh } from "./dialog.zh.ts";

export const exportTexts = { en: exportEn, zh: exportZh };
