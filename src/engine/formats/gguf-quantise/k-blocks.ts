// Quantises to Q4_K, Q5_K and Q6_K as llama.cpp does without an importance matrix (`quantize_row_q4_K_ref`, `_q5_K_ref` and
// `_q6_K_ref` in ggml-quants.c): super-blocks of 256 weights, whose scales are quantised too. Every operation rounds to float32 and
// sums are in llama.cpp's order, so that the bytes are the same as those of an x86-64 build, which has no fused multiply-add there.
import { halfBits, halfValue } from "../dtype.ts";

const f = Math.fround;

/** Weights of a super-block; of a sub-block of Q4_K and Q5_K; of one of Q6_K. */
const SUPER = 256;
const WIDE = 32;
const NARROW = 16;

const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

/** Rounds to nearest, ties to even (`nearest_int`). A value beyond ±2^22 or NaN gives what the bits of its float32 give there. */
function nearest(value: number): number {
	const shifted = f(value + 12_582_912);
	if (shifted >= 8_388_608 && shifted < 16_777_216) return (shifted - 12_582_912) | 0;
	float[0] = shifted;
	return (word[0] & 0x7fffff) - 0x400000;
}

const weights = new Float32Array(WIDE);
const offsets = new Float32Array(WIDE); // x - minimum
const tried = new Uint8Array(WIDE);
const codes = new Uint8Array(SUPER);
const scales = new Float32Array(SUPER / NARROW);
const minima = new Float32Array(SUPER / WIDE);
const TENTH = f(0.1);

/** The error of the codes in `tried`, [32], summed until it reaches `limit`. */
function errorOf(x: Float32Array, at: number, scale: number, minimum: number, limit: number): number {
	let error = 0;
	for (let i = 0; i < WIDE; i++) {
		const difference = f(f(f(scale * tried[i]) + minimum) - x[at + i]);
		error = f(error + f(weights[i] * f(difference * difference)));
		if (error >= limit) return error; // terms are not negative
	}
	return error;
}

/**
 * Fits x ≈ scale · code - minimum to 32 weights by weighted least squares (`make_qkx2_quants`): starts at the range of the
 * weights, tries `steps` + 1 other ranges, and keeps the fit with the smallest error. Writes the codes and the minimum.
 * @param most the largest code @param first the change of `most` in the first of the ranges
 * @returns the scale
 */
function fitRange(x: Float32Array, at: number, sub: number, most: number, first: number, steps: number): number {
	let squares = 0;
	for (let i = 0; i < WIDE; i++) squares = f(squares + f(x[at + i] * x[at + i]));
	const size = f(Math.sqrt(f(squares / WIDE)));
	for (let i = 0; i < WIDE; i++) weights[i] = f(size + Math.abs(x[at + i]));

	let minimum = x[at];
	let maximum = minimum;
	let sumW: number = weights[0];
	let sumX = f(sumW * minimum);
	for (let i = 1; i < WIDE; i++) {
		const value = x[at + i];
		if (value < minimum) minimum = value;
		if (value > maximum) maximum = value;
		sumW = f(sumW + weights[i]);
		sumX = f(sumX + f(weights[i] * value));
	}
	if (minimum > 0) minimum = 0;
	const to = sub * WIDE;
	if (maximum === minimum) {
		codes.fill(0, to, to + WIDE);
		minima[sub] = -minimum;
		return 0;
	}
	let inverse = f(most / f(maximum - minimum));
	let scale = f(1 / inverse);
	for (let i = 0; i < WIDE; i++) {
		offsets[i] = x[at + i] - minimum;
		tried[i] = Math.max(0, Math.min(most, nearest(f(inverse * offsets[i]))));
	}
	codes.set(tried, to);
	let best = errorOf(x, at, scale, minimum, Number.NaN); // no limit
	for (let step = 0; step <= steps; step++) {
		inverse = f(f(f(first + f(TENTH * step)) + most) / f(maximum - minimum));
		let sumL = 0;
		let sumL2 = 0;
		let sumXL = 0;
		for (let i = 0; i < WIDE; i++) {
			const code = Math.max(0, Math.min(most, nearest(f(inverse * offsets[i]))));
			tried[i] = code;
			const weighted = f(weights[i] * code);
			sumL = f(sumL + weighted);
			sumL2 = f(sumL2 + f(weighted * code));
			sumXL = f(sumXL + f(weighted * x[at + i]));
		}
		const determinant = f(f(sumW * sumL2) - f(sumL * sumL));
		if (!(determinant > 0)) continue;
		let fitted = f(f(f(sumW * sumXL) - f(sumX * sumL)) / determinant);
		let low = f(f(f(sumL2 * sumX) - f(sumL * sumXL)) / determinant);
		if (low > 0) {
			low = 0;
			fitted = f(sumXL / sumL2);
		}
		const error = errorOf(x, at, fitted, low, best);
		if (!(error < best)) continue;
		codes.set(tried, to);
		best = error;
		scale = fitted;
		if (low !== minimum) for (let i = 0; i < WIDE; i++) offsets[i] = x[at + i] - low;
		minimum = low;
	}
	minima[sub] = -minimum;
	return scale;
}

/** Quantises the eight scales and minima to six bits each, and the weights by them: d, dmin and 12 bytes of scales at byte `to`. */
function quantiseRanges(x: Float32Array, at: number, most: number, out: Uint8Array, to: number): void {
	let maxScale = 0;
	let maxMinimum = 0;
	for (let sub = 0; sub < SUPER / WIDE; sub++) {
		if (scales[sub] > maxScale) maxScale = scales[sub];
		if (minima[sub] > maxMinimum) maxMinimum = minima[sub];
	}
	const inverseScale = maxScale > 0 ? f(63 / maxScale) : 0;
	const inverseMinimum = maxMinimum > 0 ? f(63 / maxMinimum) : 0;
	const [d, dmin] = [halfBits(f(maxScale / 63)), halfBits(f(maxMinimum / 63))];
	out[to] = d;
	out[to + 1] = d >> 8;
	out[to + 2] = dmin;
	out[to + 3] = dmin >> 8;
	const [scale, minimum] = [halfValue(d), halfValue(dmin)];
	for (let sub = 0; sub < SUPER / WIDE; sub++) {
		const s = Math.min(63, nearest(f(inverseScale * scales[sub])) & 255);
		const m = Math.min(63, nearest(f(inverseMinimum * minima[sub])) & 255);
		if (sub < 4) {
			out[to + 4 + sub] = s;
			out[to + 8 + sub] = m;
		} else {
			out[to + 8 + sub] = (s & 15) | ((m & 15) << 4);
			out[to + sub] |= (s >> 4) << 6;
			out[to + 4 + sub] |= (m >> 4) << 6;
		}
		const stepSize = f(scale * s);
		if (stepSize === 0) continue; // the codes of the fit
		const low = f(minimum * m);
		for (let i = sub * WIDE; i < (sub + 1) * WIDE; i++)
			codes[i] = Math.max(0, Math.min(most, nearest(f(f(x[at + i] + low) / stepSize))));
	}
}

/** x: 256 weights at `at`; writes 144 bytes. */
export function quantiseQ4K(x: Float32Array, at: number, out: Uint8Array, to: number): void {
	for (let sub = 0; sub < SUPER / WIDE; sub++) scales[sub] = fitRange(x, at + sub * WIDE, sub, 15, -1, 20);
	quantiseRanges(x, at, 15, out, to);
	for (let pair = 0; pair < 4; pair++)
		for (let i = 0; i < WIDE; i++)
			out[to + 16 + pair * WIDE + i] = codes[pair * 64 + i] | (codes[pair * 64 + WIDE + i] << 4);
}

/** x: 256 weights at `at`; writes 176 bytes. */
export function quantiseQ5K(x: Float32Array, at: number, out: Uint8Array, to: number): void {
	for (let sub = 0; sub < SUPER / WIDE; sub++) scales[sub] = fitRange(x, at + sub * WIDE, sub, 31, -0.5, 15);
	quantiseRanges(x, at, 31, out, to);
	for (let i = 0; i < WIDE; i++) {
		let fifth = 0;
		for (let sub = 0; sub < SUPER / WIDE; sub++) fifth |= (codes[sub * WIDE + i] >> 4) << sub;
		out[to + 16 + i] = fifth;
	}
	for (let pair = 0; pair < 4; pair++)
		for (let i = 0; i < WIDE; i++)
			out[to + 48 + pair * WIDE + i] = (codes[pair * 64 + i] & 15) | ((codes[pair * 64 + WIDE + i] & 15) << 4);
}

/** Scales below this are zero (`GROUP_MAX_EPS`). */
const SMALLEST = f(1e-15);

const clampedQ6 = (value: number): number => Math.max(-32, Math.min(31, nearest(value)));

/**
 * Fits x ≈ scale · (code - 32) to 16 weights, each weighted by its square (`make_qx_quants`): starts at the largest weight and
 * tries eighteen other scales. Writes the codes.
 * @returns the scale
 */
function fitScale(x: Float32Array, at: number, to: number): number {
	let largest = 0; // with its sign
	for (let i = 0; i < NARROW; i++) if (Math.abs(x[at + i]) > Math.abs(largest)) largest = x[at + i];
	if (Math.abs(largest) < SMALLEST) {
		codes.fill(0, to, to + NARROW);
		return 0;
	}
	let scale = 0;
	let best = 0;
	for (let turn = 0; turn <= 18; turn++) {
		// 0, then -9 to 9 without 0
		const change = turn === 0 ? 0 : turn <= 9 ? turn - 10 : turn - 9;
		const inverse = f(-f(32 + f(TENTH * change)) / largest);
		let sumXL = 0;
		let sumL2 = 0;
		for (let i = 0; i < NARROW; i++) {
			const value = x[at + i];
			const code = clampedQ6(f(inverse * value));
			tried[i] = code + 32;
			const weight = f(value * value);
			sumXL = f(sumXL + f(f(weight * value) * code));
			sumL2 = f(sumL2 + f(f(weight * code) * code));
		}
		if (turn === 0) {
			scale = sumL2 === 0 ? 0 : f(sumXL / sumL2); // NaN is not 0
			best = f(scale * sumXL);
		} else if (sumL2 > 0 && f(sumXL * sumXL) > f(best * sumL2)) {
			scale = f(sumXL / sumL2);
			best = f(scale * sumXL);
		} else continue;
		for (let i = 0; i < NARROW; i++) codes[to + i] = tried[i];
	}
	return scale;
}

/** x: 256 weights at `at`; writes 210 bytes: 128 of low nibbles, 64 of high pairs of bits, 16 signed scales, d. */
export function quantiseQ6K(x: Float32Array, at: number, out: Uint8Array, to: number): void {
	let largest = 0; // with its sign
	for (let sub = 0; sub < SUPER / NARROW; sub++) {
		const scale = fitScale(x, at + sub * NARROW, sub * NARROW);
		scales[sub] = scale;
		if (Math.abs(scale) > Math.abs(largest)) largest = scale;
	}
	if (Math.abs(largest) < SMALLEST) {
		out.fill(0, to, to + 210);
		return;
	}
	const inverse = f(-128 / largest);
	const d = halfBits(f(1 / inverse));
	out[to + 208] = d;
	out[to + 209] = d >> 8;
	for (let sub = 0; sub < SUPER / NARROW; sub++) {
		const scale = Math.min(127, nearest(f(inverse * scales[sub])));
		out[to + 192 + sub] = scale;
		const stepSize = f(halfValue(d) * ((scale << 24) >> 24));
		if (stepSize === 0) continue; // the codes of the fit
		for (let i = sub * NARROW; i < (sub + 1) * NARROW; i++) codes[i] = clampedQ6(f(x[at + i] / stepSize)) + 32;
	}
	for (let half = 0; half < 2; half++)
		for (let i = 0; i < WIDE; i++) {
			const first = half * 128 + i;
			const [a, b, c, e] = [codes[first], codes[first + 32], codes[first + 64], codes[first + 96]];
			out[to + half * 64 + i] = (a & 15) | ((c & 15) << 4);
			out[to + half * 64 + 32 + i] = (b & 15) | ((e & 15) << 4);
			out[to + 128 + half * 32 + i] = (a >> 4) | ((b >> 4) << 2) | ((c >> 4) << 4) | ((e >> 4) << 6);
		}
}
