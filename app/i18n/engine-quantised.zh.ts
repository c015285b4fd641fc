// What the engine says of quantised bases, in Chinese; engine.zh.ts says how it works.
export const engineQuantised: Readonly<Record<string, string>> = {
	"a base held as {0} cannot be trained whole": "以 {0} 存放的基座不能做全参数训练",
	"PiSSA takes its start out of the base's weights, and a base held as {0} cannot give it":
		"PiSSA 要从基座权重中取出起点，以 {0} 存放的基座给不出来",
	"hold the base in bfloat16 or float32, or train LoRA or DoRA on the quantised one":
		"请用 bfloat16 或 float32 存放基座，或在量化基座上训练 LoRA 或 DoRA",
	"{0} has rows of {1}, and {2} holds multiples of {3}": "{0} 每行有 {1} 个数，而 {2} 要求是 {3} 的倍数",
	"hold the base in int8 or nf4": "请改用 int8 或 nf4 存放基座",
	"the merge study knows LoRA and DoRA on the linears of the layers alone":
		"合并对比只支持作用在各层线性模块上的 LoRA 和 DoRA",
	"merge this adapter, and measure the merged model with evaluate": "请合并这个适配器，再用 evaluate 测量合并后的模型",
	"the adapter": "适配器",
	"one tensor of the run would take {0}, this device holds {1} in one piece":
		"这次训练有一个张量要占 {0}，本设备一块最多放 {1}",
	"the run": "这次训练",
	"the GPU has no room for the run, which takes {0}": "GPU 放不下这次训练，它要占 {0}",
	"the GPU has no room for the model, whose weights take {0}": "GPU 放不下这个模型，其权重要占 {0}",
	"take a smaller model, or close other tabs that use the GPU": "请换更小的模型，或关掉其他占用 GPU 的标签页",
	"hold the base as NF4 ({0}), take a smaller model, or close other tabs that use the GPU":
		"请以 NF4 保存基座（{0}）、换更小的模型，或关掉其他占用 GPU 的标签页",
	"what would take less: {0}": "更省内存的做法：{0}",
};
