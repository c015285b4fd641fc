// Cosines and sines of rotary position embedding, in float64 on the CPU: a GPU's sin and cos are accurate to 2^-11 only.
// Frequencies as transformers' modeling_rope_utils.py: default, "linear", "llama3" and "longrope" scaling. To add a scaling, add a case to
// `inverseFrequencies`.

export interface LinearRopeScaling {
	readonly rope_type: "linear";
	readonly factor: number;
}

export interface Llama3RopeScaling {
	readonly rope_type: "llama3";
	readonly factor: number;
	readonly low_freq_factor: number;
	readonly high_freq_factor: number;
	readonly original_max_position_embeddings: number;
}

/** Scaling of texts within the original length. */
export interface LongRopeScaling {
	readonly rope_type: "longrope";
	readonly short_factor: readonly number[]; // [head_dim / 2]
	readonly attention_factor: number;
}

export interface RopeSettings {
	readonly theta: number;
	/** Columns of a head that are rotated: head_dim, or fewer. Even. */
	readonly head_dim: number;
	readonly scaling: null | LinearRopeScaling | Llama3RopeScaling | LongRopeScaling;
}

/** Angle per position of each pair of columns. [head_dim / 2] */
export function inverseFrequencies({ theta, head_dim, scaling }: RopeSettings): Float64Array {
	const frequencies = Float64Array.from({ length: head_dim / 2 }, (_, i) => theta ** ((-2 * i) / head_dim));
	if (scaling === null) return frequencies;
	if (scaling.rope_type === "linear") return frequencies.map((frequency) => frequency / scaling.factor);
	if (scaling.rope_type === "longrope") return frequencies.map((frequency, i) => frequency / scaling.short_factor[i]);
	const { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings } = scaling;
	return frequencies.map((frequency) => {
		const turns = (original_max_position_embeddings * frequency) / (2 * Math.PI); // over the original context
		if (turns > high_freq_factor) return frequency;
		if (turns < low_freq_factor) return frequency / factor;
		const smooth = (turns - low_freq_factor) / (high_freq_factor - low_freq_factor);
		return ((1 - smooth) * frequency) / factor + smooth * frequency;
	});
}

/** cos, sin: [positions, head_dim / 2] */
export function ropeTables(
	settings: RopeSettings,
	positions: number,
): { cos: Float32Array<ArrayBuffer>; sin: Float32Array<ArrayBuffer> } {
	const frequencies = inverseFrequencies(settings);
	const half = frequencies.length;
	const factor = settings.scaling?.rope_type === "longrope" ? settings.scaling.attention_factor : 1;
	const cos = new Float32Array(positions * half);
	const sin = new Float32Array(positions * half);
	for (let position = 0; position < positions; position++) {
		for (let i = 0; i < half; i++) {
			cos[position * half + i] = factor * Math.cos(position * frequencies[i]);
			sin[position * half + i] = factor * Math.sin(position * frequencies[i]);
		}
	}
	return { cos, sin };
}
