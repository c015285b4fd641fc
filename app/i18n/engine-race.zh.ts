// What the engine says of races, in Chinese; how it works: engine.zh.ts.

export const engineRace: Readonly<Record<string, string>> = {};
