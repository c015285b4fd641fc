// Converts the rope scaling of a GGUF file to config.json's rope_scaling. llama.cpp stores Llama 3's scaling as one factor per
// frequency; it is recognised by computing the factors and comparing.

import { TabTuneError } from "../../../shared/errors.ts";
import { ggufMessage } from "../../../shared/messages/gguf.en.ts";
import type { Message } from "../../../shared/messages/message.ts";
import type { GgufValue } from "../../formats/gguf.ts";
import type { RopeScaling } from "../model-config.ts";

export const ROPE_FREQS = "rope_freqs.weight";
/** longrope's divisors of frequencies: beyond the original length, and up to it. */
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

/** @param factors the tensor rope_freqs, [head_dim / 2] @param prefix the architecture's name */
export function ggufRopeScaling(
	metadata: ReadonlyMap<string, GgufValue>,
	prefix: string,
	{ theta, head_dim, factors }: { theta: number; head_dim: number; factors: readonly number[] | undefined },
	where: string,
): RopeScaling | null {
	if (factors !== undefined) {
		const scaling: Llama3 = {
			rope_type: "llama3",
			factor: factors[factors.length - 1],
			low_freq_factor: 1,
			high_freq_factor: 4,
			original_max_position_embeddings: 8192,
		};
		const made = llama3Factors(theta, head_dim, scaling);
		if (made.length === factors.length && made.every((value, i) => Math.abs(value / factors[i] - 1) < 1e-4))
			return scaling;
		throw notYet(ggufMessage("ropeFreqs"), where);
	}
	const type = metadata.get(`${prefix}.rope.scaling.type`) ?? "none";
	if (type === "none") return null;
	const factor = metadata.get(`${prefix}.rope.scaling.factor`);
	if (type === "linear" && typeof factor === "number") return { rope_type: "linear", factor };
	throw notYet(ggufMessage("ropeType", { type: JSON.stringify(type) }), where);
}

function notYet(feature: Message, where: string): TabTuneError {
	return new TabTuneError("not-yet", {
		what: ggufMessage("notYet", { feature }),
		where,
		next: ggufMessage("notYet.next"),
	});
}
