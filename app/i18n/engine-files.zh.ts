// What the engine says of files (models, adapters, links), in Chinese. The keys are its English sentences with holes
// numbered; scripts/engine-messages.test.ts reads them from the sources and names those that are missing here.

export const engineFiles: Readonly<Record<string, string>> = {
	"init_lora_weights {0} is not supported": "不支持 init_lora_weights {0}",
	"the bundled model": "自带模型",
	"hidden_act {0}": "hidden_act {0}",
};
