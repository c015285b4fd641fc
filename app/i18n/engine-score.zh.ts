// What the engine says of answers it judges, in Chinese; how it works: engine.zh.ts.

export const engineScore: Readonly<Record<string, string>> = {
	"there is no pattern to look for": "没有给出要查找的模式",
	"write a regular expression, such as ^\\w+ \\w+ \\w+$": "请写一个正则表达式，例如 ^\\w+ \\w+ \\w+$",
	"the pattern is no regular expression: {0}": "这个模式不是正则表达式：{0}",
	"mend it; in JavaScript's syntax a literal ( is written \\(": "请改正；按 JavaScript 的写法，括号本身要写成 \\(",
	"the row is no question with choices": "这一行不是带选项的问题",
	'"question" or "prompt" is missing or no text': '缺少 "question" 或 "prompt"，或它不是文字',
	'"choices" is not a list of two texts or more': '"choices" 不是至少两项文字的列表',
	'"answer" is {0}, which is none of the {1} choices': '"answer" 是 {0}，不在 {1} 个选项之中',
	"give its place from 0, its letter from A, or its text": "请写它的序号（从 0 起）、字母（从 A 起）或原文",
	'write rows like {"question": "…", "choices": ["…", "…"], "answer": 0}':
		'请把每行写成 {"question": "…", "choices": ["…", "…"], "answer": 0}',
};
