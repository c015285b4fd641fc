// What the engine says of the library and of several adapters answering at once, in Chinese; how it works: engine.zh.ts.

export const engineLibrary: Readonly<Record<string, string>> = {
	"{0} adapters are asked at once; 1 to {1} go together": "一次要问 {0} 个适配器；同一批里可以有 1 到 {1} 个",
	"ask some now and the others after": "请先问一部分，其余的稍后再问",
	"an adapter of {0} cannot answer in one batch with others": "作用在 {0} 上的适配器不能和别的适配器在同一批里回答",
	"ask it by itself": "请单独问它",
};
