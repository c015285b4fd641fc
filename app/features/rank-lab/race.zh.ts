// The race of ranks, in Chinese.
import type { raceEn } from "./race.en.ts";

export const raceZh: Record<keyof typeof raceEn, string> = {
	"race.title": "秩的竞赛",
	"race.intro": "在同一个冻结的基座上同时训练多个秩，数据、步数和顺序取自工作台。每个秩的结果与单独训练时完全相同。",
	"race.choose": "竞赛设置",
	"race.ranks": "秩",
	"race.ranksHelp": "一到八个，用逗号隔开。alpha 沿用设置里的值。",
	"race.ranksBad": "一到八个不小于 1 的整数，互不相同，用逗号隔开。",
	"race.seedsHelp": "每个种子一场。至少两个种子才能看出方差，至少三个才能给出推荐的秩。",
	"race.start": "开始竞赛",
	"race.stop": "停止竞赛",
	"race.plan": "同时训练 {n} 个秩，每场 {length}，共 {heats} 场",
	"race.preparing": "正在准备适配器",
	"race.running": "第 {heat} 场，共 {heats} 场，种子 {seed}：第 {step} 步，共 {total} 步",
	"race.retired": "r = {rank}、种子 {seed} 已停止：损失连续三步不是有限值。其余的继续训练。可以尝试更低的学习率。",
	"race.chart": "各个秩的损失",
	"race.train": "训练损失",
	"race.heldOut": "验证损失",
	"race.plot": "各秩的验证损失；误差线为各种子间的标准差",
	"race.plotX": "秩",
	"race.pace": "所有秩合计每秒 {n} 个词元，占用显存 {memory}",
	"race.open": "种子 {seed}",
	"race.openOf": "打开秩 {rank}、种子 {seed} 的训练记录",
	"race.samples": "对“{prompt}”的回答",
};
