// The window of files for other programs, in English. Its words come with its code, when it is opened.

export const wordsEn = {
	title: "For other programs",
	intro: "Each gets what it reads, or the reason why it would refuse. Everything is made in this tab.",
	download: "Download",
	check: "Check and download",
	making: "Making it …",
	makingOf: "Making it: {done} of {total}",
	saved: "Saved: {name}, {size}.",
	merged: "Merged GGUF",
	mergedHelp: "Base and adapter as one file for llama.cpp, LM Studio and Ollama, with tokenizer and chat template.",
	dtype: "Weights",
	lora: "LoRA GGUF",
	loraHelp: "The adapter alone, for llama.cpp beside the base's own GGUF file.",
	mlx: "MLX",
	mlxHelp: "A folder that mlx-lm loads on Apple silicon.",
	ollama: "Ollama",
	ollamaHelp: "The adapter and a Modelfile. The base is named in its first line: change it to where yours lies.",
	vllm: "vLLM",
	vllmHelp: "The PEFT folder, once vLLM's own rules are checked.",
	trl: "TRL, for many GPUs",
	trlHelp:
		"The run as Start would begin it, with these rows and settings: data, train.py, versions and a README for accelerate launch.",
	noData: "Choose rows first.",
};
