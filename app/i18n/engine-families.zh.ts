// Chinese for what the engine says of model families. How texts are matched stands in engine-text.ts.
export const engineFamilies: Readonly<Record<string, string>> = {
	"scale_attn_weights false": "scale_attn_weights 为 false",
};
