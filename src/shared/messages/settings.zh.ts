// The messages of settings.en.ts in Chinese.
import type { Translation } from "./message.ts";
import type { settingsTexts } from "./settings.en.ts";

export const settingsZh: Translation<typeof settingsTexts> = {
	must: "应为{range}",
	from: "不小于 {min} 的数",
	fromTo: "{min} 到 {max} 的数",
	over: "大于 {min} 的数",
	overTo: "大于 {min} 且不大于 {max} 的数",
	wholeFromTo: "{min} 到 {max} 的整数",
	boolean: "应为 true 或 false",
	choice: "应为其中之一：{options}",
	text: "应为字符串或 null",
	strings: "应为字符串列表或 null",
	numbers: "应为数字列表或 null",
	modules: '应为模块名的列表、正则表达式或 "all-linear"',
	pattern: '应为从模块模式到数字的对象，如 {"q_proj": 8}',
	object: '应为 JSON 对象，如 {"enable_thinking": false}',
	methods: "应为 {options} 之一，或用 + 连接其中几项",
	losses: "应为 {options} 之一，或用 + 连接 DPO 的几种损失",
	fullAlone: "不能把 full 与其他方法组合",
	init: "应为 true、false 或 {options} 之一",
	initNearest: "应为 true、false 或 {options} 之一（最接近的是 {nearest}）",
};
