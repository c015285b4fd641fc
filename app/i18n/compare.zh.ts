// Comparing and taking out, in Chinese.
import type { compareEn } from "./compare.en.ts";

export const compareZh: Record<keyof typeof compareEn, string> = {
	"compare.modes": "提问方式",
	"compare.mode.one": "单个提示",
	"compare.mode.set": "多个提示",
	"compare.mode.chat": "对话",
	"compare.send": "发送",
	"compare.prompts": "提示词，每行一个，最多 {n} 个",
	"compare.heldOutPrompts": "使用本数据集留出的提示",
	"compare.setEmpty": "每个提示占一行，并列显示两个回答。",
	"compare.chatEmpty": "两个模型都会回答每一轮，并各自记住自己的回答。",
	"compare.clearChat": "清空对话",
	"compare.colour": "按概率着色",
	"compare.colourHelp": "青色：微调后模型认为该词元 (token) 更可能；琥珀色：更不可能。具体数值见每个词元的提示。",
	"compare.likelier": "微调后更可能",
	"compare.lessLikely": "更不可能",
	"compare.tokenTitle": "基座 {base} · 微调后 {tuned}",
	"compare.copy": "复制为文本",
	"compare.share": "分享",
	"export.more": "其他文件",
	"export.merge": "合并后的模型 (zip)",
	"export.runJson": "本次设置，可供命令行使用",
	"export.python": "用 Python 加载的代码",
	"export.pythonHelp": "把下载的 zip 解压到脚本旁边。基座是“{base}”：请填写它所在的文件夹或 Hub 名称。",
	"export.merging": "正在合并：{done} / {total}",
	"export.merged": "合并后的模型已保存：{size}。",
};
