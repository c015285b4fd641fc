// What does not fit into the GPU's memory, and what takes less.
import { messagesOf } from "./message.ts";

export const memoryTexts = {
	largeTensor: "one tensor of the run would take {size}, this device holds {limit} in one buffer",
	theRun: "the run",
	run: "the GPU has no room for the run, which takes {size}",
	model: "the GPU has no room for the model, whose weights take {size}",
	smallerModel: "use a smaller model, or close other tabs that use the GPU",
	smallerBase: "load the base as NF4 ({size}), use a smaller model, or close other tabs that use the GPU",
	lessMemory: "these take less: {changes}",
	trainedTensors:
		"the trained weights take {size} in float32, with gradients and optimizer state four times as much; one buffer of this device holds {limit}",
	"trainedTensors.where": "the trainable tensors",
	"trainedTensors.next": "train LoRA instead of every weight, or a smaller model",
} as const;

export const memoryMessage = messagesOf("memory", memoryTexts);
