// The programs that files are exported for: what each gets, and the commands to run with it.
import type { ExportRequest } from "../../../src/engine/api.ts";

export interface Program {
	readonly target: ExportRequest["target"] | "merged";
	readonly word: "merged" | "lora" | "mlx" | "vllm" | "trl" | TargetProgram["word"];
	/** How the commands name the base; a folder by default. */
	readonly base?: "folder" | "gguf";
	/**
	 * The commands to run in the folder of the file.
	 * @param name the file's, without extension
	 * @param option one that the program needs for this adapter
	 * @param chat whether the model has a chat template
	 */
	commands(name: string, base: string, option: string, chat: boolean): readonly string[];
}

export interface TargetProgram extends Program {
	readonly word: "ollama" | "lmStudio" | "llamaCpp" | "transformers";
}

/** Ollama's names of models have only ASCII letters and digits. */
function ollamaCommands(name: string): readonly string[] {
	const model = name.replace(/[^\w-]+/g, "").toLowerCase();
	return [`unzip ${name}.zip -d ${name} && ollama create ${model} -f ${name}/Modelfile`, `ollama run ${model}`];
}

/** Programs that run the tuned model as it is: the merged model, so that no other file is needed. */
export const TARGET_PROGRAMS: readonly TargetProgram[] = [
	{
		target: "ollama",
		word: "ollama",
		commands: (name) => ollamaCommands(name),
	},
	{
		target: "merged-gguf",
		word: "lmStudio",
		commands: (name) => [`lms import ${name}.gguf`, `lms load ${name}`],
	},
	{
		target: "merged-gguf",
		word: "llamaCpp",
		commands: (name) => [`llama-cli -m ${name}.gguf`, `llama-server -m ${name}.gguf`],
	},
	{
		target: "merged",
		word: "transformers",
		commands: (name, _base, _option, chat) => [
			`unzip ${name}.zip -d ${name} && pip install torch transformers`,
			`python -c 'from transformers import pipeline; print(pipeline("text-generation", "${name}")(${chat ? '[{"role": "user", "content": "Hello"}]' : '"Hello"'}, max_new_tokens=96)[0]["generated_text"])'`,
		],
	},
];

/** All files for other programs. */
export const PROGRAMS: readonly Program[] = [
	{ target: "merged-gguf", word: "merged", commands: (name) => [`llama-cli -m ${name}.gguf`] },
	{
		target: "lora-gguf",
		word: "lora",
		base: "gguf",
		commands: (name, base) => [`llama-cli -m ${base} --lora ${name}.gguf`],
	},
	{
		target: "ollama",
		word: "ollama",
		commands: (name) => ollamaCommands(name),
	},
	{
		target: "mlx",
		word: "mlx",
		commands: (name, base) => [`mlx_lm.generate --model ${base} --adapter-path ${name}`],
	},
	{
		target: "vllm",
		word: "vllm",
		commands: (name, base, option) => [`vllm serve ${base} --enable-lora${option} --lora-modules tuned=${name}`],
	},
	{
		target: "export-trl",
		word: "trl",
		commands: () => ["accelerate launch --config_file accelerate_config.yaml train.py"],
	},
];
