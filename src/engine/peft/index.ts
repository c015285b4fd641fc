// The exports of peft/: PEFT's files and configurations.
export { adapterProblems } from "./adapter-problems.ts";
export { type BottleneckConfig, readBottleneck, writeBottleneck } from "./bottleneck-files.ts";
export { isMlxAdapter } from "./is-mlx.ts";
export { FRESH_CONFIG, type TargetedConfig } from "./lora-config.ts";
export {
	type PeftAdapter,
	type PeftFile,
	type PeftTensor,
	readPeftAdapter,
	type TensorValues,
	writePeftAdapter,
} from "./lora-files.ts";
export { type PromptConfig, promptConfig, readPromptAdapter, writePromptAdapter } from "./prompt-files.ts";
export { PROMPT_KEY } from "./prompt-key.ts";
