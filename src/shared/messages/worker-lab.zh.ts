// The messages of worker-lab.en.ts in Chinese.
import type { Translation } from "./message.ts";
import type { workerLabTexts } from "./worker-lab.en.ts";

export const workerLabZh: Translation<typeof workerLabTexts> = {
	mergeMethod: "只有 LoRA 和 DoRA 可以合并",
	"mergeMethod.next": "请使用 LoRA 或 DoRA 适配器",
	mergeNoRows: "没有验证集，因此无法测量",
	mergeStudy: "合并对比",
	"noHeldOut.next": "请留出一部分数据作为验证集，或添加更多数据",
	raceStopped: "竞赛在开始之前就停止了",
	noChoices: "没有选择题",
	rowsToScore: "要评分的数据",
	"noChoices.next": '请添加一个文件，每行形如 {"question": "…", "choices": ["…", "…"], "answer": 0}',
	scoreNoRows: "没有验证集，因此没有未参与训练的问题",
};
