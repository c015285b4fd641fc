// Rounding to float16, as the kernels of mixed precision do it.

const LARGEST = 65504;
const SMALLEST_EXPONENT = -14; // of a normal number; smaller ones have the same unit
const DIGITS = 10; // after the leading one

/** The nearest float16, of two the even one; the largest for finite numbers beyond it. NaN and infinities stay. */
export function toFloat16(x: number): number {
	if (!Number.isFinite(x) || x === 0) return x;
	const size = Math.min(Math.abs(x), LARGEST);
	const unit = 2 ** (Math.max(Math.floor(Math.log2(size)), SMALLEST_EXPONENT) - DIGITS);
	const below = Math.floor(size / unit);
	const rest = size / unit - below;
	const rounded = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
	return Math.sign(x) * rounded * unit;
}
