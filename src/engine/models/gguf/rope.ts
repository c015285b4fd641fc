// Converts the rotary positions of a GGUF file to config.json's rope_scaling, as llama.cpp applies them: the angle of pair i at
// position p is p · theta^(-2i/dim) / (freq_factors[i] · factor), and attn_factor multiplies cosines and sines. Forms that
// transformers has no name for are written as longrope, whose factors divide the frequencies.

import { TabTuneError } from "../../../shared/errors.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { ggufMessage } from "../../../shared/messages/index.ts";
import { type RopeScaling, type YarnRopeScaling, yarnDivisors } from "../../graph/rope-tables.ts";
import type { GgufFields } from "./architecture.ts";

/** Divisors of the frequencies: of all texts, and longrope's beyond the original length and up to it. */
export const ROPE_FREQS = "rope_freqs.weight";
export const ROPE_FACTORS_LONG = "rope_factors_long.weight";
export const ROPE_FACTORS_SHORT = "rope_factors_short.weight";
export const ROPE_TENSORS: readonly string[] = [ROPE_FREQS, ROPE_FACTORS_LONG, ROPE_FACTORS_SHORT];

type Llama3 = Extract<RopeScaling, { rope_type: "llama3" }>;

/** `_compute_llama3_parameters` of transformers, as the divisor of each frequency. */
export function llama3Factors(
	theta: number,
	head_dim: number,
	{ factor, low_freq_factor, high_freq_factor, original_max_position_embeddings }: Llama3,
): number[] {
	const original = original_max_position_embeddings;
	return Array.from({ length: head_dim / 2 }, (_, i) => {
		const wavelength = 2 * Math.PI * theta ** ((2 * i) / head_dim);
		if (wavelength < original / high_freq_factor) return 1;
		if (wavelength > original / low_freq_factor) return factor;
		const smooth = (original / wavelength - low_freq_factor) / (high_freq_factor - low_freq_factor);
		return 1 / ((1 - smooth) / factor + smooth);
	});
}

/** YaRN's constants in llama.cpp, which reads other values for none of the supported architectures. */
const YARN_OF_LLAMA_CPP = { beta_fast: 32, beta_slow: 1, truncate: true } as const;

/** Whether llama.cpp's YaRN computes the same frequencies. */
export function isYarnOfLlamaCpp({ factor, beta_fast, beta_slow, truncate }: YarnRopeScaling): boolean {
	const same = YARN_OF_LLAMA_CPP;
	return factor >= 1 && beta_fast === same.beta_fast && beta_slow === same.beta_slow && truncate === same.truncate;
}

/** The attention factor of YaRN in llama.cpp (`rope_yarn` in ggml), which `rope.scaling.attn_factor` multiplies. */
export const yarnTemperature = (factor: number): number => (factor > 1 ? 1 + 0.1 * Math.log(factor) : 1);

interface RopeSizes {
	readonly theta: number;
	/** Number of columns of a head that are rotated. */
	readonly rotary_dim: number;
	readonly max_position_embeddings: number;
}

/**
 * The scaling of rotary positions, null for none.
 * @throws TabTuneError "not-yet" for a type that llama.cpp does not have, "model" for a value that is not valid
 */
export async function ggufRopeScaling(fields: GgufFields, sizes: RopeSizes): Promise<JsonObject | null> {
	const { value, optional, fail } = fields;
	const type = value("rope.scaling.type") ?? "linear"; // llama.cpp's default
	if (!["none", "linear", "longrope", "yarn"].includes(String(type)))
		throw new TabTuneError("not-yet", {
			what: ggufMessage("notYet", { feature: ggufMessage("ropeType", { type: JSON.stringify(type) }) }),
			where: fields.where,
			next: ggufMessage("notYet.next"),
		});
	const [scalingFactor, scaleLinear] = [optional("rope.scaling.factor"), optional("rope.scale_linear")];
	const stored = scalingFactor ?? scaleLinear ?? 0;
	if (stored < 0) throw fail("rope.scaling.factor", stored);
	const factor = type === "none" || stored === 0 ? 1 : stored;
	const attnFactor = optional("rope.scaling.attn_factor") ?? 1;
	if (attnFactor <= 0) throw fail("rope.scaling.attn_factor", attnFactor);
	const original = optional("rope.scaling.original_context_length") ?? sizes.max_position_embeddings;
	const temperature = type === "yarn" ? yarnTemperature(factor) : 1;
	const attention_factor = attnFactor * temperature;
	const yarn: YarnRopeScaling = {
		rope_type: "yarn",
		factor,
		original_max_position_embeddings: original,
		...YARN_OF_LLAMA_CPP,
		attention_factor,
	};
	const interpolation = type === "yarn" ? yarnDivisors(sizes.theta, sizes.rotary_dim, yarn) : constant(sizes, factor);

	const [freqs, short, long] = [
		await divisors(fields, ROPE_FREQS, sizes),
		await divisors(fields, ROPE_FACTORS_SHORT, sizes),
		await divisors(fields, ROPE_FACTORS_LONG, sizes),
	];
	const times = (values: readonly number[]) => values.map((one, i) => one * interpolation[i]);
	if (freqs === undefined && short !== undefined) {
		const extension = sizes.max_position_embeddings / original;
		const usual = extension > 1 ? Math.sqrt(1 + Math.log(extension) / Math.log(original)) : 1;
		return {
			rope_type: "longrope",
			short_factor: times(short),
			long_factor: times(long ?? short),
			original_max_position_embeddings: original,
			// transformers' default, rounded to float32, is omitted.
			...(Math.abs(attention_factor / usual - 1) < 1e-6 ? {} : { attention_factor }),
		};
	}
	if (freqs === undefined && type === "yarn" && factor > 1) {
		const { rope_type } = yarn;
		return {
			rope_type,
			factor,
			original_max_position_embeddings: original,
			...(attnFactor === 1 ? {} : { attention_factor }),
		};
	}
	const all = times(freqs ?? constant(sizes, 1));
	if (attention_factor === 1 && all.every((one) => one === all[0]))
		return all[0] === 1 ? null : { rope_type: "linear", factor: all[0] };
	const llama3 = freqs === undefined || attention_factor !== 1 ? undefined : llama3Scaling(sizes, all);
	if (llama3 !== undefined) return { ...llama3 };
	return {
		rope_type: "longrope",
		short_factor: all,
		long_factor: all,
		original_max_position_embeddings: sizes.max_position_embeddings,
		attention_factor,
	};
}

const constant = ({ rotary_dim }: RopeSizes, value: number): number[] => Array<number>(rotary_dim / 2).fill(value);

/** Llama 3's scaling with these factors; undefined if there is none. */
function llama3Scaling({ theta, rotary_dim }: RopeSizes, factors: readonly number[]): Llama3 | undefined {
	const powers = Array.from({ length: 11 }, (_, i) => 1024 * 2 ** i);
	for (const original of [8192, ...powers]) {
		const scaling: Llama3 = {
			rope_type: "llama3",
			factor: factors[factors.length - 1],
			low_freq_factor: 1,
			high_freq_factor: 4,
			original_max_position_embeddings: original,
		};
		const made = llama3Factors(theta, rotary_dim, scaling);
		if (made.every((one, i) => Math.abs(one / factors[i] - 1) < 1e-6)) return scaling;
	}
	return undefined;
}

/** A tensor of divisors, [rotary_dim / 2]. */
async function divisors(
	{ tensor, where }: GgufFields,
	name: string,
	{ rotary_dim }: RopeSizes,
): Promise<number[] | undefined> {
	const values = await tensor(name);
	if (values === undefined || (values.length === rotary_dim / 2 && values.every((one) => one > 0))) return values;
	throw new TabTuneError("model", {
		what: ggufMessage("ropeFactors", { name, count: rotary_dim / 2 }),
		where,
		next: ggufMessage("convertAgain.next"),
	});
}
