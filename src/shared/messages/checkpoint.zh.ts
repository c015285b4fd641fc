// The messages of checkpoint.en.ts in Chinese.
import type { checkpointTexts } from "./checkpoint.en.ts";
import type { Translation } from "./message.ts";

export const checkpointZh: Translation<typeof checkpointTexts> = {
	missing: "这不是检查点",
	"missing.next": "请在训练时加上 --save-steps N，或不使用 --resume-from-checkpoint",
	otherRun: "该检查点属于另一次适配器设置不同的训练",
	"otherRun.next": "请用它训练时的 run.json 继续训练",
	version: "检查点的格式版本是 {version}，此版 TabTune 只支持 {supported} 及更早的版本",
	"version.next": "请用写出它的 TabTune 继续训练，或用 --adapter 从它的适配器开始训练",
	otherSettings: "继续训练所用的设置与检查点不同：{names}。",
	fileMissing: "检查点里缺少 {file}",
	"fileMissing.next": "请复制整个检查点文件夹",
};
