// Chinese texts of the dialog that exports files for other programs, loaded with it.
import type { exportEn } from "./dialog.en.ts";

export const exportZh: Record<keyof typeof exportEn, string> = {
	title: "用于其他程序",
	intro: "按各程序的格式生成文件；如果某个程序无法加载该适配器，会列出原因。所有文件都在本页生成。",
	download: "下载",
	check: "检查并下载",
	making: "正在生成…",
	makingOf: "正在生成：{done} / {total}",
	saved: "已保存 {name}，{size}。",
	merged: "合并后的 GGUF",
	mergedHelp: "基座与适配器合成一个文件，含分词器和对话模板，供 llama.cpp、LM Studio 和 Ollama 使用。",
	dtype: "权重",
	lora: "LoRA GGUF",
	loraHelp: "只含适配器，在 llama.cpp 中与基座的 GGUF 文件一起使用。",
	mlx: "MLX",
	mlxHelp: "供 Apple 芯片上的 mlx-lm 读取的文件夹。",
	ollama: "Ollama",
	ollamaHelp: "合并后的 GGUF 模型，以及带有对话模板的 Modelfile。",
	vllm: "vLLM",
	vllmHelp: "PEFT 文件夹，并先按 vLLM 的规则检查。",
	trl: "TRL，用于多个 GPU",
	trlHelp: "把这次训练导出为脚本，使用当前的数据和设置：数据、train.py、依赖版本和 accelerate launch 的说明。",
	noData: "请先选择数据。",
};
