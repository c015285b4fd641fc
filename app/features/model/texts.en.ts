// English texts of the model panel and of loading a model.
export const modelEn = {
	"boot.probe": "Looking for a GPU",

	"load.read": "Reading the model",
	"load.upload": "Moving the weights to the GPU",
	"load.compile": "Compiling kernels",
	"load.tune": "Measuring the kernels on this device",

	"model.title": "Model",
	"model.open": "Open model folder",
	"model.openGguf": "Open GGUF file",
	"model.hub": "From the Hub…",
	"model.openHint": "A Hugging Face model folder: config.json, *.safetensors, tokenizer.json; or a GGUF file",
	"model.bundled": "Use the bundled model",
	"model.precision": "Base precision",
	"model.precision.auto": "as stored in the file",
	"model.precision.float32": "float32",
	"model.precision.int8": "int8 (one scale per row)",
	"model.precision.nf4": "NF4 (QLoRA), a quarter of 16 bits",
	"model.precisionHint":
		"Quantised bases need less GPU memory; embeddings and the LM head keep their precision. An adapter fits the base precision it was trained on.",
	"model.type": "type",
	"model.size": "size",
	"model.layers": "layers",
	"model.hidden": "hidden",
	"model.vocab": "vocabulary",
	"model.context": "context",
	"model.licence": "licence",
	"model.licenceNone": "not stated",
	"model.warnings": "Warnings about the model",
	"model.tooBig": "This model may exceed this device's memory. Loading can fail or slow everything down.",
	"model.loadAnyway": "Load anyway",
} as const;
