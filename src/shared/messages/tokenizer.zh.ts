// The messages of tokenizer.en.ts in Chinese.
import type { Translation } from "./message.ts";
import type { tokenizerTexts } from "./tokenizer.en.ts";

export const tokenizerZh: Translation<typeof tokenizerTexts> = {
	templateParse: "对话模板解析失败：{reason}",
	"templateParse.next": "请把能在 transformers 中使用的 chat_template.jinja 放进模型文件夹",
	templateRefuses: "对话模板拒绝了这段对话：{reason}",
	"templateRefuses.next": "请按模板的要求改这一行（角色及其顺序），或去掉它",
	"templateJoins.next": "该模板会把这个值与文本拼接：请改成字符串，例如把工具调用的参数写成 JSON 文本",
	steps: "运行超过 {most} 步",
	seconds: "运行超过 {most} 秒",
	characters: "输出超过 {most} 个字符",
	elements: "生成的列表超过 {most} 个元素",
	noDefaultTemplate: "模型有多个对话模板（{names}），但没有名为 default 的",
	"noDefaultTemplate.next": "请把要用的模板存为文件夹里的 chat_template.jinja，或命名为 default",
	earlierTurns: "对话模板会改写前面的轮次，无法定位第 {message} 条消息",
	"earlierTurns.next": "请把 assistant_only_loss 设为 false，或让这一行以那条消息结尾",
	load: "分词器加载失败：{reason}",
	"load.next": "请从模型的来源重新下载分词器文件",
	unknownPart: '分词器的 {part} 是 "{kind}" 类型，TabTune 还不支持',
	"unknownPart.next": "请换用分词器为常见的 BPE、Unigram 或 WordPiece 的模型，或使用 input_ids 数据",
	noModel: '缺少 "model"，或它不是对象',
	vocabEntry: "词表的这一项不是词元及其分数",
	noVocab: '缺少 "vocab"，或它既不是对象也不是列表',
	noMerges: '缺少 "merges"，或它不是列表',
	noAddedTokens: '"added_tokens" 不是列表',
	tokenId: "词元 {token} 的编号是 {id}，应为 0 到 {most} 之间的整数",
	addedToken: '有一个附加词元缺少 "id" 或 "content"',
};
