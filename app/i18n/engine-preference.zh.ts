// What the engine says of pairs of answers and of training on them, in Chinese; how it works: engine.zh.ts.
export const enginePreference: Record<string, string> = {};
