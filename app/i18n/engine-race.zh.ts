// What the engine says of races, in Chinese; how it works: engine.zh.ts.

export const engineRace: Readonly<Record<string, string>> = {
	"only plain LoRA adapters of the layers, rsLoRA and LoRA+ among them, go side by side over one base":
		"能在同一基座上并排的只有普通 LoRA 适配器，包括 rsLoRA 和 LoRA+",
	"leave the others out, or train and ask them one after another": "请去掉其余的，或者一个接一个地训练和提问",
};
