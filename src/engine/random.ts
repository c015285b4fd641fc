// The random numbers of a run. Each is a pure function of (seed, purpose, step, element), so dropout, shuffling, initial
// weights and sampling are reproducible after a resume, in any order, and on CPU and GPU (src/shaders/util/random.wgsl
// is the same code in WGSL). A new use needs a new Purpose. This file imports nothing.

/** Purposes of random numbers, which never share a stream. `u32` in WGSL. */
export const Purpose = {
	init: 1, // step: index of the tensor
	shuffle: 2, // step: the epoch
	dropout: 3, // step: the micro-batch, mixed with the module by its kernel
	sample: 4, // step: the token's place in the answer
	split: 5, // which rows are held out
} as const;
export type Purpose = (typeof Purpose)[keyof typeof Purpose];

/**
 * The two-round multiply and xor-shift bijection of 32 bits "lowbias32" of C. Wellons, hash-prospector
 * (https://github.com/skeeto/hash-prospector), which has MurmurHash3's finaliser (A. Appleby) as its model and about
 * half its avalanche bias (0.107 against 0.262). Philox would need 64-bit products, which WGSL does not have.
 */
function mix(value: number): number {
	let x = value | 0;
	x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
	x = Math.imul(x ^ (x >>> 15), 0xd35a2d97);
	return x ^ (x >>> 15);
}

/**
 * 32 random bits. Arguments are taken modulo 2^32. The first three arguments make a key (the same for a whole
 * dispatch, so a compiler may lift it); two rounds then take the element through a key-specific permutation,
 * so that streams of different steps are not shifted copies. Within a seed and purpose, no two steps share a key.
 */
export function randomU32(seed: number, purpose: number, step: number, element: number): number {
	const key = mix(mix(mix(seed + 0x9e3779b9) ^ purpose) ^ step);
	return mix(mix(element ^ key) + mix(~key)) >>> 0;
}

/** A number in [0, 1), in steps of 2^-24, which f32 represents exactly, so that CPU and GPU agree bit for bit. */
export function uniform01(u: number): number {
	return (u >>> 8) * 2 ** -24;
}

/** A permutation of 0 … n-1 (Fisher-Yates), determined by seed and epoch. */
export function shuffledIndices(
	n: number,
	seed: number,
	epoch: number,
	purpose: Purpose = Purpose.shuffle,
): Uint32Array {
	const order = Uint32Array.from({ length: n }, (_, i) => i);
	for (let i = n - 1; i > 0; i--) {
		const j = Math.floor((randomU32(seed, purpose, epoch, i) * (i + 1)) / 2 ** 32);
		const kept = order[i];
		order[i] = order[j];
		order[j] = kept;
	}
	return order;
}

/**
 * `n` numbers uniform in [-b, b), b = sqrt(6 / ((1 + a^2) fanIn)) with a = sqrt 5, which is 1 / sqrt(fanIn): what
 * torch.nn.init.kaiming_uniform_(a=math.sqrt(5)) draws for lora_A in peft/tuners/lora/layer.py.
 */
export function kaimingUniform(n: number, fanIn: number, seed: number, purpose: number, step = 0): Float32Array {
	const bound = 1 / Math.sqrt(fanIn);
	return Float32Array.from({ length: n }, (_, i) => (2 * uniform01(randomU32(seed, purpose, step, i)) - 1) * bound);
}

/** `n` numbers from a normal distribution of mean 0 and deviation `deviation` (Box-Muller, computed in f64). */
export function normal(n: number, deviation: number, seed: number, purpose: number, step = 0): Float32Array {
	return Float32Array.from({ length: n }, (_, i) => {
		const radius = Math.sqrt(-2 * Math.log(1 - uniform01(randomU32(seed, purpose, step, 2 * i)))); // 1 - u is never 0
		return deviation * radius * Math.cos(2 * Math.PI * uniform01(randomU32(seed, purpose, step, 2 * i + 1)));
	});
}
