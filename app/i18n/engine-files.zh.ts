// What the engine says of files (models, adapters, links), in Chinese. The keys are its English sentences with holes
// numbered; scripts/engine-messages.test.ts reads them from the sources and names those that are missing here.

export const engineFiles: Readonly<Record<string, string>> = {
	"rank {0} does not fit {1}, a [{2}, {3}] matrix": "秩 {0} 不适合 {1}（[{2}, {3}] 的矩阵）",
	"choose a whole number from 1 to {0}": "请选 1 到 {0} 之间的整数",
	"init_lora_weights {0} is not supported": "不支持 init_lora_weights {0}",
	"the adapter has {0}, this model has no such linear module": "适配器含有 {0}，而这个模型没有这个线性模块",
	"it was made for {0}; open that model (this one is {1})": "它是为 {0} 训练的，请打开那个模型（当前是 {1}）",
	"another base": "另一个基座",
	"{0} is [{1}, {2}] here, the adapter's {3} is [{4}]": "{0} 在这里是 [{1}, {2}]，而适配器的 {3} 是 [{4}]",
	"{0} is missing": "缺少 {0}",
	"{0} is [{1}], its configuration says [{2}]": "{0} 是 [{1}]，配置写的是 [{2}]",
	"adapter_config.json and adapter_model.safetensors do not belong together: export the adapter again":
		"adapter_config.json 与 adapter_model.safetensors 不是一套，请重新导出适配器",
	"{0} is in the file, target_modules does not name it": "文件里有 {0}，target_modules 却没有写它",
	"mend target_modules in adapter_config.json": "请改正 adapter_config.json 里的 target_modules",
	"the bundled model": "自带模型",
	"hidden_act {0}": "hidden_act {0}",
	'the key "{0}" is missing': '缺少键 "{0}"',
	'"{0}" is {1}, {2} is needed': '"{0}" 是 {1}，应为{2}',
	"a whole number over 0": "大于 0 的整数",
	"true or false": " true 或 false",
	"use {0}": "请用{0}",
	"it is not JSON: {0}": "不是 JSON：{0}",
	"download it again: it may have been cut": "可能没下载完整，请重新下载",
	"it does not hold a JSON object": "里面不是 JSON 对象",
	"download it again": "请重新下载",
	"the tokenizer does not load: {0}": "分词器载入失败：{0}",
	'the tokenizer has a {0} of the kind "{1}", which TabTune does not know':
		'分词器的 {0} 是 "{1}" 类型，TabTune 还不支持',
	"use a model with a BPE, Unigram or WordPiece tokenizer of the usual parts, or rows of input_ids":
		"请换用 BPE、Unigram 或 WordPiece 分词器、部件常见的模型，或直接提供 input_ids",
	"{0} {1} is not in the vocabulary": "{0} {1} 不在词表里",
	"download the tokenizer files again from where the model came from": "请从模型的来源重新下载分词器文件",
	'"model" is missing or not an object': '缺少 "model"，或它不是对象',
	'"vocab" is missing or neither an object nor a list': '缺少 "vocab"，或它既不是对象也不是列表',
	'"merges" is missing or not a list': '缺少 "merges"，或它不是列表',
	'"added_tokens" is not a list': '"added_tokens" 不是列表',
	'an added token lacks its "id" or "content"': '有个附加 token 缺少 "id" 或 "content"',
};
