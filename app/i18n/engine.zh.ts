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
	"the file has {0} MB; up to {1} MB are read": "文件有 {0} MB，最多读 {1} MB",
	"take a part of it: the first rows, or a random sample; a run of a few hundred steps sees a few megabytes":
		"请取其中一部分：前若干行，或随机抽样；几百步的训练只会看到几 MB",
	"the file is not UTF-8 text, near byte {0}": "文件不是 UTF-8 文本，问题在第 {0} 字节附近",
	"save it as UTF-8 (in a spreadsheet: CSV UTF-8)": "请存成 UTF-8（在表格软件里选 CSV UTF-8）",
	"line {0} is longer than {1} characters": "第 {0} 行超过 {1} 个字符",
	"put each row on a line of its own, or name the file .json or .txt if it is that":
		"请每行放一条数据；如果本来就是 JSON 或纯文本，请把扩展名改成 .json 或 .txt",
	"the file is larger than {0} MB": "文件超过 {0} MB",
	"the chat template does not parse: {0}": "对话模板解析失败：{0}",
	"put a chat_template.jinja that works with transformers into the model folder":
		"请把能在 transformers 里用的 chat_template.jinja 放进模型文件夹",
	"the chat template refuses the conversation: {0}": "对话模板拒绝了这段对话：{0}",
	"change the row to what the template expects (roles and their order), or leave it out":
		"请按模板的要求改这一行（角色及其顺序），或去掉它",
	"the chat template changes earlier turns, so that message {0} cannot be told from the rest":
		"对话模板会改写前面的轮次，第 {0} 条消息无法与其余部分区分",
	"set assistant_only_loss to false, or end the row with that message":
		"请把 assistant_only_loss 设为 false，或让这一行以那条消息结尾",
	"the row has {0} fields, the header {1} ({2})": "这一行有 {0} 个字段，表头有 {1} 个（{2}）",
	"{0}, line {1}": "{0}，第 {1} 行",
	'put fields that hold {0} or line breaks in double quotes, and write a quote inside them as ""':
		'含有 {0} 或换行的字段请加双引号，字段内的引号写成 ""',
	"the header names {0} twice": "表头里 {0} 出现了两次",
	"give every column a name of its own": "请给每一列不同的名字",
	"{0} stands behind a closing quote": "结束的引号后面跟着 {0}",
	'write a quote inside a quoted field as ""': '加了引号的字段里，引号请写成 ""',
	"a quoted field does not end": "有个加了引号的字段没有结束",
	"{0}, from line {1}": "{0}，从第 {1} 行起",
	"close it with a double quote": "请用双引号结束它",
	"plain text": "纯文本",
	"the file holds no text": "文件里没有文字",
	"choose a file with some text": "请选一个有文字的文件",
	"{0} over max_length {1} tokens, cut on the right": "{0}超过 max_length 的 {1} 个 token，右侧被截断",
	"{0} with no trained token left, skipped": "{0}没有剩下可训练的 token，已跳过",
	"none of the {0} rows has a trained token{1}": "{0} 行里没有一行有可训练的 token{1}",
	"; {0} were cut at max_length {1}": "；其中 {0} 行在 max_length {1} 处被截断",
	"raise max_length": "请增大 max_length",
	"check that rows have answers, and assistant_only_loss and completion_only_loss":
		"请检查每行是否有回答，以及 assistant_only_loss 和 completion_only_loss",
	"tokenizer.json is missing": "缺少 tokenizer.json",
	"the model folder": "模型文件夹",
	"give the whole model folder, or rows of input_ids and labels":
		"请给出整个模型文件夹，或含 input_ids 与 labels 的数据",
	"in {0} the chat template writes earlier answers otherwise than the last one (Qwen3 drops their thoughts): they are trained as the whole conversation shows them":
		"{0}中，对话模板对前面的回答与最后一个回答写法不同（Qwen3 会去掉思考过程），按整段对话的样子训练",
	"the chat template ends answers with no token of their own, so {0} cannot teach the model to stop":
		"对话模板结束回答时没有专门的 token，所以{0}教不会模型停下",
	"in {0} the prompt's tokens are not the first tokens of prompt and completion together; they part at {1}. End prompts at a token boundary (start the completion with a space)":
		"{0}中，提示单独分词的结果不是「提示加补全」分词的开头，从 {1} 处分开。请让提示在 token 边界结束（补全以空格开头）",
	"token {0} is outside the model's vocabulary of {1}": "token {0} 超出了模型 {1} 个词的词表",
	"tokenise the rows with this model's tokenizer": "请用这个模型的分词器处理数据",
	"the tokenizer names no eos_token: rows end without one, and the model is not taught to stop":
		"分词器没有 eos_token：每行末尾没有结束符，模型学不会停下",
	"assistant_only_loss does nothing for {0}: they are no conversations":
		"assistant_only_loss 对{0}不起作用：它们不是对话",
	"the row is a conversation, and the model has no chat template": "这一行是对话，而模型没有对话模板",
	"use the instruct version of the model, add its chat_template.jinja to the folder, or write the rows as prompt and completion":
		"请用该模型的 instruct 版本，或把 chat_template.jinja 放进文件夹，或把数据写成 prompt 与 completion",
	"the Parquet file cannot be read: {0}": "读不了这个 Parquet 文件：{0}",
	"download it again: it may have been cut; or convert it to JSONL with datasets.Dataset.from_parquet(…).to_json(…)":
		"请重新下载，可能没下载完整；也可以用 datasets.Dataset.from_parquet(…).to_json(…) 转成 JSONL",
	"the Parquet file is packed with {0}, which is not read": "这个 Parquet 文件用 {0} 压缩，读不了",
	"write it again with snappy, gzip, zstd or without compression": "请改用 snappy、gzip、zstd 或不压缩，重新写一次",
	"the file holds no rows": "文件里没有数据行",
	"choose a file with at least one row": "请选一个至少有一行数据的文件",
	", {0}: {1}": "，{0}：{1}",
	"it ends too early ({0})": "它结束得太早（{0}）",
	"at {0}": "在{0}",
	"line {0}, column {1}": "第 {0} 行第 {1} 列",
	"column {0}": "第 {0} 列",
	"{0}, row {1}": "{0}，第 {1} 条",
	"{0}, part {1}": "{0}，第 {1} 段",
	"this looks like a JSON list: name the file .json": "这看起来是 JSON 列表：请把扩展名改成 .json",
	"JSON strings stand in double quotes: write the file with json.dumps":
		"JSON 的字符串要用双引号：请用 json.dumps 写文件",
	"write one JSON object on each line": "请每行写一个 JSON 对象",
	"convert it to JSONL (one object on each line), which is read piece by piece":
		"请转换成 JSONL（每行一个对象），可以分段读取",
	"this looks like JSONL (one object on each line): name the file .jsonl":
		"这看起来是 JSONL（每行一个对象）：请把扩展名改成 .jsonl",
	"correct the JSON at that place": "请改正那里的 JSON",
	"the file mixes kinds of rows: {0}": "文件里混有几种数据：{0}",
	"rename {0} to {1}": "请把 {0} 改名为 {1}",
	'rename them to "prompt" and "completion", if that is what they are':
		'如果它们就是提示和补全，请改名为 "prompt" 和 "completion"',
	"the nearest known row is {0}; the others are {1}": "最接近的已知格式是 {0}，其他有 {1}",
	"it takes more than {0} steps": "它要超过 {0} 步",
	"it takes more than {0} seconds": "它要超过 {0} 秒",
	"it writes more than {0} characters": "它写出超过 {0} 个字符",
	"it makes a list of more than {0} elements": "它造出超过 {0} 个元素的列表",
	"line {0} is not JSON{1}": "第 {0} 行不是 JSON{1}",
	"the file is not JSON{0}": "文件不是 JSON{0}",
	"the file holds {0}, not a list of rows": "文件里是{0}，而不是数据行的列表",
	"put the rows into one list: [{…}, {…}]": "请把各行放进一个列表：[{…}, {…}]",
	"the row is {0}, not an object": "这一行是{0}，而不是对象",
	'write rows as objects: {"text": …} or {"messages": […]}': '请把每行写成对象：{"text": …} 或 {"messages": […]}',
	'"{0}" is {1}, not a list of messages': '"{0}" 是{1}，而不是消息列表',
	'"{0}" is empty': '"{0}" 是空的',
	'{0} is {1}, not {"role": …, "content": …}': '{0} 是{1}，而不是 {"role": …, "content": …}',
	'{0} has no "role"': '{0} 没有 "role"',
	'{0} has no "content"': '{0} 没有 "content"',
	"{0}.content is {1}, not a string": "{0}.content 是{1}，而不是字符串",
	"{0}.content holds {1} that is not text": "{0}.content 含有不是文字的内容（{1}）",
	"leave out rows with images or sound": "请去掉带图像或声音的行",
	'write each turn as {"role": "user", "content": "…"}': '请把每一轮写成 {"role": "user", "content": "…"}',
	"no memory for more than {0} tokens of data": "内存只够放 {0} 个 token 的数据",
	"row {0}": "第 {0} 行",
	"train on a part of the file": "请只用文件的一部分训练",
	'"{0}" is not a list of whole numbers': '"{0}" 不是整数列表',
	"there are {0} input_ids and {1} labels": "有 {0} 个 input_ids 和 {1} 个 labels",
	"give each token one label, -100 where it is not trained": "每个 token 要有一个 label，不训练的写 -100",
	'"prompt" is {0} and "completion" {1}': '"prompt" 是{0}，"completion" 是{1}',
	"make both strings, or both lists of messages": "请让两者都是字符串，或都是消息列表",
	'"history" is not a list of [question, answer]': '"history" 不是 [问, 答] 的列表',
	'"{0}" is {1}, not a string': '"{0}" 是{1}，而不是字符串',
	'"tools" is a string that is not JSON': '"tools" 是字符串，却不是 JSON',
	'"tools" is not a list': '"tools" 不是列表',
	"the row has the fields {0}, which no known kind of data has": "这一行的字段是 {0}，不属于任何已知的数据类型",
	"correct the row, or take it out": "请改正这一行，或去掉它",
	"subgroups are not used:": "不使用子组：",
	"a number from {0} to {1}": "{0} 到 {1} 的数",
	"a number from {0}": "不小于 {0} 的数",
	"a number over {0} to {1}": "大于 {0} 且不大于 {1} 的数",
	"a number over {0}": "大于 {0} 的数",
	"a whole number from {0} to {1}": "{0} 到 {1} 的整数",
	"a whole number from {0}": "不小于 {0} 的整数",
	nothing: "空",
	"a string": "字符串",
	"a list": "列表",
	"an object": "对象",
	"1 row ({0})": "1 行（{0}）",
	"{0} rows (the first: {1})": "{0} 行（第一行：{1}）",
	"held-out rows: {0}": "留出的数据：{0}",
};
