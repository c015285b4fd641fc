// What the engine says of files (models, adapters, links), in Chinese. The keys are its English sentences with holes
// numbered; scripts/engine-messages.test.ts reads them from the sources and names those that are missing here.

export const engineFiles: Readonly<Record<string, string>> = {
	"init_lora_weights {0} is not supported": "不支持 init_lora_weights {0}",
	"the bundled model": "自带模型",
	"hidden_act {0}": "hidden_act {0}",
	"true or false": " true 或 false",
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
