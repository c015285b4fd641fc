// What the engine says of prompts and bottlenecks, in Chinese; how it works: engine.zh.ts.

export const enginePrompt: Readonly<Record<string, string>> = {
	"the prompt's vectors have {0} numbers, this model's embeddings {1}":
		"这个提示的向量有 {0} 维，而这个模型的词嵌入是 {1} 维",
	"{0} cannot be merged: it is no change of the base's weights": "{0} 不能合并：它不是对基座权重的改动",
	"keep the base and load the adapter beside it": "请保留基座，把适配器与它一起加载",
	"{0} virtual tokens leave no room for text: this model holds {1} positions":
		"{0} 个虚拟 token 没有给文本留下位置：这个模型只有 {1} 个位置",
	"choose at most {0}, better far fewer": "最多 {0} 个，建议远少于此",
	"the text that the prompt starts from has no tokens": "用来初始化提示的文本没有任何 token",
	"write what the model should do, or set prompt_tuning_init to RANDOM":
		"请写明模型该做什么，或把 prompt_tuning_init 设为 RANDOM",
	"{0} is [{1}], [{2}] is needed for this model": "{0} 是 [{1}]，而这个模型需要 [{2}]",
	"the adapter has {0}, which this model has no place for": "适配器里有 {0}，这个模型没有它的位置",
	"neither mh_adapter nor output_adapter is set: there is no place for a bottleneck":
		"mh_adapter 和 output_adapter 都没有打开：瓶颈层没有地方可放",
	"set output_adapter, or both": "请打开 output_adapter，或两个都打开",
	"reduction_factor {0} leaves nothing of the hidden size {1}":
		"reduction_factor {0} 太大，隐藏维度 {1} 除下来什么也不剩",
	"choose a number from 1 to {0}": "请选 1 到 {0} 之间的数",
};
