// What the engine says of ranks, spectra, overlaps and blends, in Chinese; how it works: engine.zh.ts.

export const engineRank: Readonly<Record<string, string>> = {
	"rank {0} with seed {1} is given twice": "秩 {0}、种子 {1} 给了两次",
	"the runs": "各次训练",
	"give each rank and seed once, with the loss at its end": "每个秩和种子只给一次，用训练结束时的损失",
	"no rank has a held-out loss at all its seeds": "没有一个秩在它的所有种子上都有留出损失",
	"train some ranks with held-out rows, at a lower learning rate where the loss was not finite":
		"请留出一些数据再训练几个秩；损失发散的秩请调低学习率",
	'combination_type is "{0}"': 'combination_type 是 "{0}"',
	"use linear, cat or svd": "请用 linear、cat 或 svd",
	"{0} adapters are given and {1} weights [{2}]": "给了 {0} 个适配器和 {1} 个权重 [{2}]",
	"give each adapter one weight, a finite number": "请给每个适配器一个权重，须为有限的数",
	"the blend's rank {0} does not fit {1}, a [{2}, {3}] matrix": "混合后的秩 {0} 不适合 {1}（[{2}, {3}] 的矩阵）",
	"blend by svd at a rank up to {0}": "请用 svd 混合，秩不超过 {0}",
	"svd_rank is {0}": "svd_rank 是 {0}",
	"choose a whole number from 1": "请选不小于 1 的整数",
	"{0} have different ranks: {1}": "{0}的秩不同：{1}",
	"the adapters": "各适配器",
	"the adapters' matrices of {0}": "各适配器在 {0} 上的矩阵",
	"blend them by cat or svd, or cut them to one rank": "请用 cat 或 svd 混合，或先把它们截到同一个秩",
	"{0} was made for {1}, {2} for {3}": "{0} 的基座是 {1}，{2} 的基座是 {3}",
	"blend adapters of one base; if both names mean the same model, give them the same name in adapter_config.json":
		"只能混合同一基座的适配器；如果两个名称其实是同一个模型，请在 adapter_config.json 里写成同一个名称",
	"this model has no linear module {0}": "这个模型没有线性模块 {0}",
	"name modules by their full path": "请写模块的完整路径",
	"the value {0} is out of range": "{0} 超出范围",
	"choose a whole number from {0}": "请选不小于 {0} 的整数",
	"choose a number over 0": "请选大于 0 的数",
	"the adapter is DoRA, or trains more than LoRA's matrices of linear layers: its change of the model is not their s · B · A alone":
		"这个适配器是 DoRA，或不只训练 LoRA 的矩阵：它对模型的改动不只是 s · B · A",
	"the adapter's numbers for {0} are not all finite": "适配器在 {0} 上的数值含有 NaN 或无穷",
	"its training went wrong: train it again, at a lower learning rate": "训练出了问题：请调低学习率重新训练",
	"{0} is [{1}, {2}] in one adapter and [{3}, {4}] in the other":
		"{0} 在一个适配器里是 [{1}, {2}]，在另一个里是 [{3}, {4}]",
	"compare adapters of the same base": "请比较同一基座的适配器",
	"the two adapters have no module in common": "两个适配器没有共同的模块",
	"compare adapters whose target_modules share a module": "请比较 target_modules 有共同模块的适配器",
	"an adapter cannot be cut to rank {0}: it has {1} here": "适配器不能截到秩 {0}：它在这里的秩是 {1}",
	"choose a whole number from 0 to {0}": "请选 0 到 {0} 之间的整数",
	"the adapter has no module {0}": "适配器没有模块 {0}",
	"name modules by their full path, as the spectrum lists them": "请写模块的完整路径，与谱里列出的一致",
	"at rank 0 in every module nothing is left: that is the base": "所有模块的秩都是 0 就什么也不剩：那就是基座本身",
	"keep at least rank 1 in one module": "请至少在一个模块里保留秩 1",
	"DoRA at rank 0 still has its magnitudes, and PEFT has no adapter of rank 0":
		"DoRA 的秩截到 0 之后仍有长度向量，而 PEFT 没有秩为 0 的适配器",
	"keep at least rank 1 in every module": "请在每个模块里至少保留秩 1",
	"the adapter trains more than LoRA's or DoRA's matrices: a cut of those alone is not the adapter at a lower rank":
		"这个适配器不只训练 LoRA 或 DoRA 的矩阵：只截断这些矩阵得不到更低秩的同一个适配器",
	"use an adapter with LoRA or DoRA alone": "请使用只含 LoRA 或 DoRA 的适配器",
	"{0} is [{1}], this model's is [{2}]": "{0} 是 [{1}]，这个模型的是 [{2}]",
	"it was trained from another base: open it as a model of its own":
		"它是从另一个基座训练出来的：请把它当作单独的模型打开",
	"what is to be trained takes {0} in float32, four times over; one buffer of this device holds {1}":
		"要训练的参数用 float32 存要 {0}，共需四份；这台设备的一个缓冲区最多 {1}",
	"the trainable tensors": "要训练的张量",
	"train LoRA instead of every weight, or a smaller model": "请用 LoRA 代替全参数训练，或换一个更小的模型",
	"must be true, false or one of {0}": "必须是 true、false 或 {0} 之一",
	"must be true, false or one of {0} (the nearest is {1})": "必须是 true、false 或 {0} 之一（最接近的是 {1}）",
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
	"the adapter has no low-rank update": "这个适配器没有低秩更新",
	"use an adapter with LoRA in it": "请使用含有 LoRA 的适配器",
};
