// All Chinese texts of the page, loaded when Chinese is selected. Keys and {names} are those of en.ts.
import { settingsZh } from "../../src/shared/settings.zh.ts";
import { compareZh } from "../features/compare/texts.zh.ts";
import { dataZh } from "../features/data/texts.zh.ts";
import { exportZh } from "../features/export/texts.zh.ts";
import { libraryZh } from "../features/library/texts.zh.ts";
import { methodsZh } from "../features/methods/texts.zh.ts";
import { modelZh } from "../features/model/texts.zh.ts";
import { raceZh } from "../features/rank-lab/race.zh.ts";
import { rankZh } from "../features/rank-lab/texts.zh.ts";
import { runZh } from "../features/run/texts.zh.ts";
import { settingsPanelZh } from "../features/settings/texts.zh.ts";
import { workspaceZh } from "../features/workspace/texts.zh.ts";
import type { en } from "./en.ts";

export const zh: Record<keyof typeof en, string> = {
	...settingsZh,
	...compareZh,
	...dataZh,
	...exportZh,
	...libraryZh,
	...methodsZh,
	...modelZh,
	...raceZh,
	...rankZh,
	...runZh,
	...settingsPanelZh,
	...workspaceZh,

	"dialog.close": "关闭",
	"tabs.loading": "正在打开",
	"error.title.usage": "设置无效",
	"error.title.data": "数据无效",
	"error.title.model": "模型无法使用",
	"error.title.adapter": "适配器无法使用",
	"error.title.tokenizer": "分词器或对话模板出错",
	"error.title.no-adapter": "没有可用的 GPU",
	"error.title.device-lost": "GPU 设备丢失",
	"error.title.memory": "内存不足",
	"error.title.storage": "无法写入存储",
	"error.title.busy": "另一个标签页正在训练",
	"error.title.numeric": "训练发散",
	"error.title.not-yet": "暂不支持",
	"error.title.internal": "内部错误",
	"error.title.crashed": "引擎崩溃",
	"error.title.not-loaded": "代码未能加载",
	"error.notLoaded": "无法获取 TabTune 的部分代码：可能是网络中断，也可能是发布了新版本。请重试，或重新加载页面。",
	"error.where": "位置：{where}",
	"error.details": "详细信息",
	"error.copy": "复制",
	"error.copied": "已复制",
	"error.retry": "重试",
	"error.restart": "重新启动",
	"error.dismiss": "关闭",
	"part.unloaded": "页面的这一部分没有加载成功",
	"part.unloadedHint":
		"无法获取这部分代码：可能是网络中断，也可能是 TabTune 发布了新版本。页面的其他部分仍可使用。重新加载会使正在进行的训练停在最近的检查点。",
	"part.failed": "页面的这一部分出错了",
	"part.failedHint": "页面的其他部分仍可使用。重新加载会使正在进行的训练停在最近的检查点。",
	"part.retry": "再试一次",
	"part.reload": "重新加载",
	"error.lostAdapter": "数据、设置和训练的最近检查点都还在，内存中的适配器仍可下载。",
};
