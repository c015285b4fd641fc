// What the engine says of ranks, spectra, overlaps and blends, in Chinese; how it works: engine.zh.ts.

export const engineRank: Readonly<Record<string, string>> = {
	"choose a whole number from 1": "请选不小于 1 的整数",
};
