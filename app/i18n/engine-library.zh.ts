// What the engine says of the library and of several adapters answering at once, in Chinese; how it works: engine.zh.ts.

export const engineLibrary: Readonly<Record<string, string>> = {};
