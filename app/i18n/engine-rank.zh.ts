// What the engine says of ranks, spectra, overlaps and blends, in Chinese; how it works: engine.zh.ts.

export const engineRank: Readonly<Record<string, string>> = {
	"choose a whole number from 1": "请选不小于 1 的整数",
	"{0} is [{1}], this model's is [{2}]": "{0} 是 [{1}]，这个模型的是 [{2}]",
	"it was trained from another base: open it as a model of its own":
		"它是从另一个基座训练出来的：请把它当作单独的模型打开",
	"init_lora_weights is {0}, it {1}": "init_lora_weights 是 {0}，它{1}",
	"correct init_lora_weights and start again": "请改正 init_lora_weights 后再开始",
	"use_dora and init_lora_weights pissa do not go together here": "这里不能同时用 use_dora 和 init_lora_weights pissa",
	"use one of them": "请只用其中一个",
	"modules_to_save names {0}, this model has no such module": "modules_to_save 里的 {0} 在这个模型里不存在",
	"name ends of module paths: lm_head, embed_tokens, norm, input_layernorm, or a layer's linear":
		"请写模块路径的结尾：lm_head、embed_tokens、norm、input_layernorm，或某层的线性模块",
	"{0} is in modules_to_save and in target_modules": "{0} 同时写在 modules_to_save 和 target_modules 里",
	"name it in one of them": "请只写在其中一处",
	"the base ties {0} to its embedding, and modules_to_save trained one of the two: merged they would be two matrices":
		"这个基座的 {0} 与词嵌入共用一个矩阵，而 modules_to_save 只训练了其中一个：合并后会变成两个矩阵",
};
