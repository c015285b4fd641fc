// What the engine says of models and adapters written for other programs, in Chinese; engine.zh.ts says how it works.
export const engineConsumers: Readonly<Record<string, string>> = {
	"{0} models are not written as GGUF yet": "{0} 模型还不能写成 GGUF",
	"merge into a Hugging Face folder and convert that with llama.cpp's convert_hf_to_gguf.py":
		"请合并成 Hugging Face 文件夹，再用 llama.cpp 的 convert_hf_to_gguf.py 转换",
	"{0} has values that float16 cannot hold": "{0} 里有 float16 装不下的数值",
	"write bfloat16, float32 or q8_0": "请改用 bfloat16、float32 或 q8_0",
	"it has {0} tokens, the model's embedding {1} rows": "它有 {0} 个词元，而模型的嵌入只有 {1} 行",
	"it is no BPE with a vocabulary and merges": "它不是带词表和合并规则的 BPE",
	"its normalizer has no place in a GGUF file": "GGUF 文件里放不下它的规范化器",
	"its pre-tokenizer is none of {0}": "它的预分词器不在这几种之列：{0}",
	"llama.cpp's {0} differs from it in ignore_merges": "llama.cpp 的 {0} 与它在 ignore_merges 上不同",
	"its normalizer is not SentencePiece's": "它的规范化器不是 SentencePiece 的",
	"its merges are not those that scores of tokens give, which is all that llama.cpp knows of this kind":
		"它的合并规则无法由词元的分数推出，而 llama.cpp 对这类分词器只认分数",
	"this tokenizer cannot be written into a GGUF file: {0}": "这个分词器写不进 GGUF 文件：{0}",
	"method {0}": "方法 {0}",
};
