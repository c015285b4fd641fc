// Messages about runs and models that do not fit in GPU memory, and about settings that need less.

export const memoryTexts = {
	largeTensor: "one tensor of the run would need {size}; this device allows {limit} per buffer",
	theRun: "the run",
	run: "the run does not fit in GPU memory: it needs {size}",
	model: "the model does not fit in GPU memory: its weights need {size}",
	smallerModel: "use a smaller model, or close other tabs that use the GPU",
	smallerBase: "load the base as NF4 ({size}), use a smaller model, or close other tabs that use the GPU",
	lessMemory: "these settings need less: {changes}",
	trainedTensors:
		"the trained weights take {size} in float32, or four times as much with gradients and optimizer state; this device allows {limit} per buffer",
	"trainedTensors.where": "the trainable tensors",
	"trainedTensors.next": "train LoRA instead of every weight, or a smaller model",
} as const;
