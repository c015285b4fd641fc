// What the engine says of quantised bases, in Chinese; engine.zh.ts says how it works.
export const engineQuantised: Readonly<Record<string, string>> = {};
