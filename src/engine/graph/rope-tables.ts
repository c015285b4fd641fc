// Cosines and sines of rotary position embedding, in float64 on the CPU: a GPU's sin and cos are accurate to 2^-11 only.
// Frequencies as transformers' modeling_rope_utils.py: default, "linear", "llama3", "longrope" and "yarn" scaling. To add a scaling, add a
// case to `inverseFrequencies`.

interface LinearRopeScaling {
	readonly rope_type: "linear";
	readonly factor: number;
}

interface Llama3RopeScaling {
	readonly rope_type: "llama3";
	readonly factor: number;
	readonly low_freq_factor: number;
	readonly high_freq_factor: number;
	readonly original_max_position_embeddings: number;
}

/** Supported for texts up to the original length only; beyond it transformers uses the long factors. */
interface LongRopeScaling {
	readonly rope_type: "longrope";
	/** Divisor of each frequency, [head_dim / 2]. */
	readonly short_factor: readonly number[];
	/** Cosines and sines are multiplied by it. */
	readonly attention_factor: number;
}

/** arXiv 2309.00071 */
export interface YarnRopeScaling {
	readonly rope_type: "yarn";
	readonly factor: number;
	readonly original_max_position_embeddings: number;
	/** Pairs that turn more often than this over the original length keep their frequency. */
	readonly beta_fast: number;
	/** Pairs that turn less often than this have their frequency divided by `factor`. */
	readonly beta_slow: number;
	/** Whether both ends of the ramp between them are rounded to whole pairs. */
	readonly truncate: boolean;
	/** Cosines and sines are multiplied by it. */
	readonly attention_factor: number;
}

export type RopeScaling = LinearRopeScaling | Llama3RopeScaling | LongRopeScaling | YarnRopeScaling;

export interface RopeSettings {
	readonly theta: number;
	/** Columns of a head that are rotated: head_dim, or fewer. Even. */
	readonly head_dim: number;
	readonly scaling: null | RopeScaling;
}

/** Angle per position of each pair of columns. [head_dim / 2] */
export function inverseFrequencies({ theta, head_dim, scaling }: RopeSettings): Float64Array {
	const frequencies = Float64Array.from({ length: head_dim / 2 }, (_, i) => theta ** ((-2 * i) / head_dim));
	if (scaling === null) return frequencies;
	if (scaling.rope_type === "linear") return frequencies.map((frequency) => frequency / scaling.factor);
	if (scaling.rope_type === "longrope") return frequencies.map((frequency, i) => frequency / scaling.short_factor[i]);
	if (scaling.rope_type === "yarn") {
		const divisors = yarnDivisors(theta, head_dim, scaling);
		return frequencies.map((frequency, i) => frequency / divisors[i]);
	}
	const { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings } = scaling;
	return frequencies.map((frequency) => {
		const turns = (original_max_position_embeddings * frequency) / (2 * Math.PI); // over the original context
		if (turns > high_freq_factor) return frequency;
		if (turns < low_freq_factor) return frequency / factor;
		const smooth = (turns - low_freq_factor) / (high_freq_factor - low_freq_factor);
		return ((1 - smooth) * frequency) / factor + smooth * frequency;
	});
}

/** Divisor of each frequency (`_compute_yarn_parameters`). [head_dim / 2] */
export function yarnDivisors(theta: number, head_dim: number, scaling: YarnRopeScaling): number[] {
	const { factor, original_max_position_embeddings: original, beta_fast, beta_slow, truncate } = scaling;
	/** The pair that turns this often over the original length. */
	const pairOf = (turns: number) => (head_dim * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
	const [fast, slow] = [pairOf(beta_fast), pairOf(beta_slow)];
	const low = Math.max(truncate ? Math.floor(fast) : fast, 0);
	const high = Math.min(truncate ? Math.ceil(slow) : slow, head_dim - 1);
	const width = high === low ? 0.001 : high - low;
	return Array.from({ length: head_dim / 2 }, (_, i) => {
		const interpolated = Math.min(1, Math.max(0, (i - low) / width));
		return 1 / (interpolated / factor + (1 - interpolated));
	});
}

/** cos, sin: [positions, head_dim / 2] */
export function ropeTables(
	settings: RopeSettings,
	positions: number,
): { cos: Float32Array<ArrayBuffer>; sin: Float32Array<ArrayBuffer> } {
	const frequencies = inverseFrequencies(settings);
	const half = frequencies.length;
	const { scaling } = settings;
	const factor = scaling !== null && "attention_factor" in scaling ? scaling.attention_factor : 1;
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
