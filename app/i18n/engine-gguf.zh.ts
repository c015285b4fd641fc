// What the engine says of GGUF files and of adapters for other programs, in Chinese; engine.zh.ts says how it works.
export const engineGguf: Readonly<Record<string, string>> = {
	"an adapter with {0} cannot be written for {1}, which gets plain LoRA alone":
		"含 {0} 的适配器无法写成 {1} 的格式：那里只写普通 LoRA",
	"merge it into the base instead": "请改为把它合并进基座",
	"keep it as it is, beside its base": "请让它保持原样，与基座一起使用",
	"adapters of {0} models are not written as GGUF yet": "{0} 模型的适配器还不能写成 GGUF",
	"write a PEFT folder and convert it with llama.cpp's convert_lora_to_gguf.py":
		"请写成 PEFT 文件夹，再用 llama.cpp 的 convert_lora_to_gguf.py 转换",
	"rank {0} is over vLLM's largest, {1}": "秩 {0} 超过 vLLM 的上限 {1}",
	"vLLM reads neither rank_pattern nor alpha_pattern": "vLLM 不读 rank_pattern 和 alpha_pattern",
	"merge it into the base instead, or train it with one rank and one alpha":
		"请改为合并进基座，或用统一的秩和 alpha 重新训练",
};
