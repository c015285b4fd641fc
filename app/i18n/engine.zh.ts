// What the engine says of data, settings, the GPU and runs, in Chinese; of files in engine-files.zh.ts, of ranks in
// engine-rank.zh.ts, of races in engine-race.zh.ts, with how it works.

import { engineConsumers } from "./engine-consumers.zh.ts";
import { engineFamilies } from "./engine-families.zh.ts";
import { engineFiles } from "./engine-files.zh.ts";
import { engineGguf } from "./engine-gguf.zh.ts";
import { engineLibrary } from "./engine-library.zh.ts";
import { engineLora } from "./engine-lora.zh.ts";
import { enginePreference } from "./engine-preference.zh.ts";
import { enginePrompt } from "./engine-prompt.zh.ts";
import { engineQuantised } from "./engine-quantised.zh.ts";
import { engineRace } from "./engine-race.zh.ts";
import { engineRank } from "./engine-rank.zh.ts";
import { engineScore } from "./engine-score.zh.ts";

export const engineZh: Readonly<Record<string, string>> = {
	...engineFiles,
	...engineFamilies,
	...enginePrompt,
	...engineConsumers,
	...engineGguf,
	...engineQuantised,
	...engineRace,
	...engineLibrary,
	...engineLora,
	...engineRank,
	...enginePreference,
	...engineScore,
	"{0}, line {1}": "{0}，第 {1} 行",
	"{0}, from line {1}": "{0}，从第 {1} 行起",
	"plain text": "纯文本",
	"{0} over max_length {1} tokens, cut on the right": "{0}超过 max_length 的 {1} 个 token，右侧被截断",
	"{0} with no trained token left, skipped": "{0}没有剩下可训练的 token，已跳过",
	"none of the {0} rows has a trained token{1}": "{0} 行里没有一行有可训练的 token{1}",
	"; {0} were cut at max_length {1}": "；其中 {0} 行在 max_length {1} 处被截断",
	"in {0} the chat template writes earlier answers otherwise than the last one (Qwen3 drops their thoughts): they are trained as the whole conversation shows them":
		"{0}中，对话模板对前面的回答与最后一个回答写法不同（Qwen3 会去掉思考过程），按整段对话的样子训练",
	"the chat template ends answers with no token of their own, so {0} cannot teach the model to stop":
		"对话模板结束回答时没有专门的 token，所以{0}教不会模型停下",
	"in {0} the prompt's tokens are not the first tokens of prompt and completion together; they part at {1}. End prompts at a token boundary (start the completion with a space)":
		"{0}中，提示单独分词的结果不是「提示加补全」分词的开头，从 {1} 处分开。请让提示在 token 边界结束（补全以空格开头）",
	"the tokenizer names no eos_token: rows end without one, and the model is not taught to stop":
		"分词器没有 eos_token：每行末尾没有结束符，模型学不会停下",
	"assistant_only_loss does nothing for {0}: they are no conversations":
		"assistant_only_loss 对{0}不起作用：它们不是对话",
	"column {0}": "第 {0} 列",
	"{0}, row {1}": "{0}，第 {1} 条",
	"{0}, part {1}": "{0}，第 {1} 段",
	"correct the JSON at that place": "请改正那里的 JSON",
	"the file mixes kinds of rows: {0}": "文件里混有几种数据：{0}",
	"row {0}": "第 {0} 行",
	"subgroups are not used:": "不使用子组：",
	"a number from {0} to {1}": "{0} 到 {1} 的数",
	"a number from {0}": "不小于 {0} 的数",
	"a number over {0} to {1}": "大于 {0} 且不大于 {1} 的数",
	"a number over {0}": "大于 {0} 的数",
	"a whole number from {0} to {1}": "{0} 到 {1} 的整数",
	"a whole number from {0}": "不小于 {0} 的整数",
	nothing: "空",
	"a string": "字符串",
	"1 row ({0})": "1 行（{0}）",
	"{0} rows (the first: {1})": "{0} 行（第一行：{1}）",
	"held-out rows: {0}": "留出的数据：{0}",
};
