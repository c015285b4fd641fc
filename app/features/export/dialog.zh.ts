// Chinese texts of the dialog that exports files for other programs, loaded with it.
import type { exportEn } from "./dialog.en.ts";

export const exportZh: Record<keyof typeof exportEn, string> = {
	title: "用于其他程序",
	intro: "按各程序的格式生成文件；无法加载时会说明原因。全部在本页生成。",
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
	vllmHelp: "先按 vLLM 自己的规则检查，再给出 PEFT 文件夹。",
	trl: "TRL，用于多个 GPU",
	trlHelp: "按“开始”会用的数据和设置，打包这次训练：数据、train.py、版本清单和给 accelerate launch 的说明。",
	noData: "请先选好数据。",
};
