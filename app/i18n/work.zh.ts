// Run, settings, model and the command palette, in Chinese.
import type { workEn } from "./work.en.ts";

export const workZh: Record<keyof typeof workEn, string> = {
	"chart.gradNorm": "梯度范数",
	"chart.learningRate": "学习率",
	"run.filmstrip": "到目前为止的全部回答（{n}）",
	"run.notify": "结束时通知我",
	"settings.search": "搜索设置",
	"settings.noMatch": "没有匹配的设置。",
	"settings.loadJson": "载入 run.json",
	"settings.saveJson": "保存 run.json",
	"settings.taken": "已采用 {n} 项设置。",
	"settings.takenSome": "已采用 {n} 项设置；无法识别：{list}。",
	"settings.whatToChange": "减小批大小或 max_length 最省内存，其次是降低秩 (rank)。",
	"settings.why": "查看 PEFT、TRL、Transformers 文档中的说明（会打开网站）",
	"palette.title": "命令",
	"palette.help": "输入想做的事。随时按 Ctrl K 或 ⌘K 打开。",
	"palette.placeholder": "开始、下载、数据集、标签页",
	"palette.none": "没有匹配的命令。",
	"palette.page": "页面",
	"compare.adapter": "适配器",
	"model.licence": "许可证",
	"model.licenceNone": "未注明",
	"model.tooBig": "它可能超出本设备的容量：加载也许会失败，或让一切变慢。",
	"model.loadAnyway": "仍然加载",
};
