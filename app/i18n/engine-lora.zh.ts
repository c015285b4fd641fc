// What the engine says of LoRA on the embedding and the head, and of trained biases, in Chinese; how it works: engine.zh.ts.

export const engineLora: Readonly<Record<string, string>> = {
	"{0} does not go with LoRA on {1} here": "这里 {0} 不能与作用在 {1} 上的 LoRA 同用",
	"leave the embedding out of target_modules, or train plain LoRA":
		"请从 target_modules 中去掉嵌入层，或训练普通的 LoRA",
	"rank {0} does not fit {1}, a table of {2} rows of {3}": "秩 {0} 不适合 {1}：它是一张 {2} 行、每行 {3} 个数的表",
	"the base ties {0} to its embedding, and the adapter changes one without the other: merged they would be two matrices":
		"基座的 {0} 与嵌入层共用一张表，而适配器只改动其中一处：合并后会成为两个矩阵",
	'bias is "{0}" and there are modules_to_save': 'bias 为 "{0}"，同时又有 modules_to_save',
	"use one of them: a module that is saved whole has its bias in it": "请只用其中之一：整体保存的模块已包含自己的偏置",
	'bias is "{0}", and {1}': 'bias 为 "{0}"，而{1}',
	"this model has none": "这个模型没有偏置",
	"the modules that LoRA changes have none": "LoRA 所改动的模块没有偏置",
	"leave bias at none": "请让 bias 保持 none",
};
