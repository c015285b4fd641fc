// What the engine says of LoRA on the embedding and the head, and of trained biases, in Chinese; how it works: engine.zh.ts.

export const engineLora: Readonly<Record<string, string>> = {};
