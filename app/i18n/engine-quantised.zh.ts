// What the engine says of quantised bases, in Chinese; engine.zh.ts says how it works.
export const engineQuantised: Readonly<Record<string, string>> = {
	"a base held as {0} cannot be trained whole": "以 {0} 存放的基座不能做全参数训练",
	"PiSSA takes its start out of the base's weights, and a base held as {0} cannot give it":
		"PiSSA 要从基座权重中取出起点，以 {0} 存放的基座给不出来",
	"hold the base in bfloat16 or float32, or train LoRA or DoRA on the quantised one":
		"请用 bfloat16 或 float32 存放基座，或在量化基座上训练 LoRA 或 DoRA",
};
