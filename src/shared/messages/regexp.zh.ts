// The messages of regexp.en.ts in Chinese.
import type { Translation } from "./message.ts";
import type { regexpTexts } from "./regexp.en.ts";

export const regexpZh: Translation<typeof regexpTexts> = {
	slow: "正则表达式 {pattern} 的匹配耗时过长",
	"slow.next": "请简化表达式：不要重复本身已是重复的分组，例如 (a+)+",
	large: "正则表达式 {pattern} 过大",
	"large.next": "请使用更短的表达式",
};
