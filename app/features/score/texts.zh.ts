// “评判回答”的中文。

import type { wordsEn } from "./texts.en.ts";

export const wordsZh: Record<keyof typeof wordsEn, string> = {
	title: "回答准确率",
	intro:
		"损失衡量这些词有多可能出现，这里衡量回答是否正确。基座与微调后的模型用贪心解码回答留出的样本，再按规则逐条评判。",
	rule: "规则",
	regex: "正则表达式",
	"exact-match": "完全匹配",
	json: "合法的 JSON",
	choice: "选择题",
	regexHelp: "JavaScript 语法的正则表达式，在每个回答里查找。",
	exactHelp: "与样本的答案逐字相同，空白不计。",
	jsonHelp: "整个回答是一段 JSON。",
	choiceHelp:
		'另附一个题目文件，概率更高的选项算作模型的选择。每行形如 {"question": "…", "choices": ["…", "…"], "answer": 0}。',
	pattern: "模式",
	addChoices: "添加题目",
	choicesFrom: "题目来自 {name}",
	tokens: "最大生成长度（词元）",
	start: "评判回答",
	stop: "停止评判",
	progress: "第 {done} / {total} 行",
	download: "下载为 JSON",
	totals: "共 {n} 行，答对：基座 {base}，微调后 {tuned}。",
	totalsBase: "共 {n} 行，基座答对 {base}。还没有适配器可以对照。",
	skipped: "有 {n} 行没有提问，未计入。",
	better: "两者在 {d} 行上不同；纯属偶然时，出现这样悬殊差别的概率为 {p}%。",
	unsure: "两者在 {d} 行上不同；纯属偶然时，出现这样差别的概率为 {p}%：行数太少，分不出高下。",
	same: "两者答对的是同样的行。",
	row: "问题",
	expected: "样本的答案",
	base: "基座",
	tuned: "微调后",
	right: "对",
	wrong: "错",
	perToken: "按每个词元的概率：基座 {base}，微调后 {tuned}。",
	none: "先训练或导入一个适配器，才能与基座对照。",
};
