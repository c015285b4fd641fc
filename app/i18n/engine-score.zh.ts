// What the engine says of answers it judges, in Chinese; how it works: engine.zh.ts.

export const engineScore: Readonly<Record<string, string>> = {};
