// The messages of memory.en.ts in Chinese.

import type { memoryTexts } from "./memory.en.ts";
import type { Translation } from "./message.ts";

export const memoryZh: Translation<typeof memoryTexts> = {
	largeTensor: "这次训练有一个张量要占 {size}，本设备的单个缓冲区上限为 {limit}",
	theRun: "这次训练",
	run: "GPU 显存不足：这次训练需要 {size}",
	model: "GPU 显存不足：这个模型的权重需要 {size}",
	smallerModel: "请换更小的模型，或关闭其他占用 GPU 的标签页",
	smallerBase: "请以 NF4 加载基座模型（{size}）、换更小的模型，或关闭其他占用 GPU 的标签页",
	lessMemory: "这些设置更省显存：{changes}",
	trainedTensors:
		"要训练的权重以 float32 存储需要 {size}，加上梯度和优化器状态共四份；本设备的单个缓冲区上限为 {limit}",
	"trainedTensors.where": "要训练的张量",
	"trainedTensors.next": "请用 LoRA 代替全参数训练，或换一个更小的模型",
};
