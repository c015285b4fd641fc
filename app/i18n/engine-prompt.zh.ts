// What the engine says of prompts and bottlenecks, in Chinese; how it works: engine.zh.ts.

export const enginePrompt: Readonly<Record<string, string>> = {};
