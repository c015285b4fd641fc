// Chinese texts of exporting, importing and sharing an adapter. The dialog for other programs has its own (dialog.zh.ts).
import type { exportEn } from "./texts.en.ts";

export const exportZh: Record<keyof typeof exportEn, string> = {
	"compare.download": "下载适配器",
	"compare.import": "导入适配器",
	"compare.importInput": "PEFT 压缩包",
	"compare.adapterWarnings": "适配器的警告",
	"compare.imported": "已导入 {name}：{modules} 个模块，{size}。",
	"compare.adapterNone": "还没有适配器。",
	"compare.adapterHas": "适配器：{what}，{size}。",
	"compare.adapterFrom": "用 {data} 训练的适配器：{what}，{size}。",
	"compare.adapterOf": "“{run}”（{when}）的适配器：{what}，{size}。",
	"compare.adapterRank": "秩 {r}",
	"compare.zipHint": "zip 内含 adapter_model.safetensors、adapter_config.json 和 README.md，采用 PEFT 的格式。",
	"compare.adapter": "适配器",

	"export.more": "其他文件",
	"export.merge": "合并后的模型 (zip)",
	"export.runJson": "供命令行使用的设置",
	"export.programs": "用于其他程序",
	"export.python": "用 Python 加载的代码",
	"export.pythonHelp": "把下载的 zip 解压到脚本所在的文件夹。基座是“{base}”：请填写它所在的文件夹或 Hub 名称。",
	"export.merging": "正在合并：{done} / {total}",
	"export.merged": "合并后的模型已保存：{size}。",

	"share.copy": "复制链接",
	"share.help": "适配器以 bfloat16 写在链接的 # 之后。不上传任何内容；拿到链接的人就拿到了适配器。",
	"share.copied": "已复制，共 {n} 个字符。有些聊天软件会截断长链接，可以改用文件或邮件发送。",
	"share.predicted": "链接约 {n} 个字符。",
	"share.willFit": "放得进链接：约 {n} 个字符。",
	"share.tooLong": "{n} 个字符的链接对浏览器来说太长：秩 (rank) {r} 可以放下。",
	"share.bundledOnly": "链接只支持内置模型的适配器；请下载适配器后分享。",
	"share.opened": "这个链接包含一个微调过的模型：",
	"share.facts": "{rows} 条样本，{steps} 步",
	"share.next": "可以向两个模型提问，也可以继续训练：在开始训练前勾选“从内存中的适配器继续训练”。",

	"standalone.title": "可对话的独立文件",
	"standalone.making": "正在把模型和适配器写进一个文件",
	"standalone.made": "已保存：一个 {size} 的 HTML 文件。可从磁盘直接打开，无需网络。",
	"standalone.noTemplate": "缺少独立文件的模板：请先构建页面 (npm start)",
	"standalone.tooLarge": "独立文件将有 {size}，对浏览器来说太大",
	"standalone.tooLargeNext": "请下载合并后的模型，用 llama.cpp 或 transformers 运行",
};
