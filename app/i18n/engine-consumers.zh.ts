// What the engine says of models and adapters written for other programs, in Chinese; engine.zh.ts says how it works.
export const engineConsumers: Readonly<Record<string, string>> = {
	"{0} models are not written as GGUF yet": "{0} 模型还不能写成 GGUF",
	"merge into a Hugging Face folder and convert that with llama.cpp's convert_hf_to_gguf.py":
		"请合并成 Hugging Face 文件夹，再用 llama.cpp 的 convert_hf_to_gguf.py 转换",
	"{0} has values that float16 cannot hold": "{0} 里有 float16 装不下的数值",
	"write bfloat16, float32 or q8_0": "请改用 bfloat16、float32 或 q8_0",
	"method {0}": "方法 {0}",
};
