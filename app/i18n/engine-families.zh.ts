// Chinese for what the engine says of model families. How texts are matched stands in engine-text.ts.
export const engineFamilies: Readonly<Record<string, string>> = {
	"scale_attn_weights false": "scale_attn_weights 为 false",
	"bottlenecks in {0} models are not supported yet": "暂不支持在 {0} 模型里使用 bottleneck",
	"train LoRA, or take a model of these types: {0}": "请训练 LoRA，或换用这些类型的模型：{0}",
	"modules_to_save names {0}, whose file lies the other way round: not supported yet":
		"modules_to_save 里有 {0}，它在文件中是转置存放的：暂不支持",
	"name it in target_modules, or train in full": "请把它写进 target_modules，或做全量微调",
	"adapters of {0} models are not written for MLX, which names their modules otherwise":
		"{0} 模型的适配器不能写成 MLX 格式，因为 MLX 里的模块名不同",
};
