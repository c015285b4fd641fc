// The messages of checkpoint.en.ts in Chinese.
import type { checkpointTexts } from "./checkpoint.en.ts";
import type { Translation } from "./message.ts";

export const checkpointZh: Translation<typeof checkpointTexts> = {
	missing: "这不是检查点",
	"missing.next": "请在训练时加上 --save-steps N，或不使用 --resume-from-checkpoint",
	otherRun: "该检查点属于另一次训练，其适配器设置不同",
	"otherRun.next": "请用那次训练的 run.json 继续训练",
	version: "检查点的格式版本是 {version}，此版 TabTune 只支持 {supported} 及更早的版本",
	"version.next": "请用保存它的 TabTune 版本继续训练，或用 --adapter 从它的适配器开始新的训练",
	difference: "{name} 在检查点里是 {before}，这里是 {now}",
	differences: "{first}；{second}",
	fixedSettings: "继续训练时不能改动这些设置：{differences}",
	"fixedSettings.next": "请去掉这些设置，按原来的设置继续；或者不使用检查点，重新开始训练",
	otherRows: "该检查点是用另一份训练数据训练的",
	"otherRows.next": "请用原来的数据文件继续训练，或加上 --allow-other-data",
	otherRowsAllowed: "继续训练时使用的训练数据与开始时不同。",
	otherBase: "该检查点是在另一个基座模型上训练的",
	"otherBase.next": "请用原来的模型继续训练",
	otherDtype: "这次训练的基座精度是 {before}，现在是 {now}",
	"otherDtype.next": "请用相同的 --dtype 继续训练",
	damaged: "检查点已损坏或不完整：{file} 缺失，或校验和不符",
	"damaged.next": "请从更早的检查点继续训练",
	skipped: "跳过 {name}：{reason}",
	bestMissing: "本次训练的最佳检查点 {name} 缺失或已损坏：训练结束时无法载入它的权重",
	otherSettings: "继续训练时使用的设置与检查点中的不同：{names}。",
	fileMissing: "检查点里缺少 {file}",
	"fileMissing.next": "请复制整个检查点文件夹",
};
