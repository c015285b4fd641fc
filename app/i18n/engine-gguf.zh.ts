// What the engine says of GGUF files and of adapters for other programs, in Chinese; engine.zh.ts says how it works.
export const engineGguf: Readonly<Record<string, string>> = {};
