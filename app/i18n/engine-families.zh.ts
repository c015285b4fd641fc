// Chinese for what the engine says of model families. How texts are matched stands in engine-text.ts.
export const engineFamilies: Readonly<Record<string, string>> = {
	'model_type "{0}" is not known, and has what no known one has: {1}':
		'不认识的 model_type "{0}"，它还需要目前都不支持的部分：{1}',
	"partial_rotary_factor {0} turns {1} of {2} columns, pairs are needed":
		"partial_rotary_factor {0} 会旋转 {2} 列中的 {1} 列，旋转的列必须成对",
	"scale_attn_weights false": "scale_attn_weights 为 false",
	"a plain GPT-2": "普通的 GPT-2",
	"a plain Gemma 3": "普通的 Gemma 3",
	"rope type {0} of sliding layers": "滑动窗口层的 rope 类型 {0}",
	"one of {0} for each layer": "每层各一个，取自 {0}",
	"a list of numbers over 0": "由大于 0 的数组成的列表",
	"bottlenecks in {0} models are not supported yet": "暂不支持在 {0} 模型里使用 bottleneck",
	"train LoRA, or take a model of these types: {0}": "请训练 LoRA，或换用这些类型的模型：{0}",
	"modules_to_save names {0}, whose file lies the other way round: not supported yet":
		"modules_to_save 里有 {0}，它在文件中是转置存放的：暂不支持",
	"name it in target_modules, or train in full": "请把它写进 target_modules，或做全量微调",
	"adapters of {0} models are not written for MLX, which names their modules otherwise":
		"{0} 模型的适配器不能写成 MLX 格式，因为 MLX 里的模块名不同",
};
