// English texts of the dialog that exports files for other programs, loaded with it.
export const exportEn = {
	title: "For other programs",
	intro:
		"Files in the format of each program. A program that cannot load the adapter is listed with the reason. All files are created in this tab.",
	takeTo: "Take it to",
	targetIntro: "Download the file, then run both commands in its folder. Everything is created in this tab.",
	lmStudio: "LM Studio",
	lmStudioHelp:
		"The merged model as one GGUF file. Instead of the first command, you can copy it into a folder of LM Studio's models folder.",
	llamaCpp: "llama.cpp",
	llamaCppHelp: "The merged model as one GGUF file. The first command chats in the terminal, the second serves an API.",
	transformers: "transformers",
	transformersHelp: "The merged model as a Hugging Face folder, in a zip.",
	trlRun:
		"“{run}” as a script, with its {rows} row{rows|s} and its settings: data, train.py, versions and a README for accelerate launch.",
	download: "Download",
	check: "Check and download",
	making: "Creating…",
	makingOf: "Creating: {done} of {total}",
	saved: "Saved: {name}, {size}.",
	merged: "Merged GGUF",
	mergedHelp: "Base and adapter as one file for llama.cpp, LM Studio and Ollama, with tokenizer and chat template.",
	dtype: "Weights",
	ollamaDtype: "File type",
	dtypeHelp: "q4_k_m suits models from 1B parameters; q8_0 stays closer to the original.",
	lora: "LoRA GGUF",
	loraHelp: "The adapter alone, for llama.cpp with the GGUF file of the base.",
	mlx: "MLX",
	mlxHelp: "A folder that mlx-lm loads on Apple silicon.",
	ollama: "Ollama",
	ollamaHelp: "The merged model as GGUF, and a Modelfile with its chat template.",
	vllm: "vLLM",
	vllmHelp: "The PEFT folder, after a check against vLLM's rules.",
	trl: "TRL, for multiple GPUs",
	trlHelp:
		"The rows and settings of the Workspace as a script: data, train.py, versions and a README for accelerate launch.",
	noData: "Select rows first.",
} as const;
