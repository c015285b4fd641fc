// What the engine says of models and adapters written for other programs, in Chinese; engine.zh.ts says how it works.
export const engineConsumers: Readonly<Record<string, string>> = {
	"method {0}": "方法 {0}",
};
