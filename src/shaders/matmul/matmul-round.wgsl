// Mixed precision: the operands of segment 0 are rounded to float16 and multiplied as floats. They are first multiplied by powers
// of two, by which the sums are divided, so that gradients stay within float16's range.
const HALF_MAX: f32 = 65504.0;
const HALF_MIN: f32 = 6.103515625e-05; // the smallest normal number, 2^-14

fn a0_value(x: f32) -> f32 {
	return half_of(x * f32(HALF_A));
}

fn b0_value(x: f32) -> f32 {
	return half_of(x * f32(HALF_B));
}

// The nearest float16, of two the even one; the largest for finite numbers beyond it. NaN and infinities stay. Compilers may
// remove f32(f16(x)), and pack2x16float may round towards zero.
fn half_of(x: f32) -> f32 {
	let bits = bitcast<u32>(x);
	if ((bits & 0x7fffffffu) >= 0x7f800000u) {
		return x;
	}
	let size = min(abs(x), HALF_MAX);
	let normal = bitcast<u32>(size);
	let rounded = bitcast<f32>((normal + 0xfffu + ((normal >> 13u) & 1u)) & 0xffffe000u);
	let subnormal = round(size * 16777216.0) / 16777216.0; // their unit is 2^-24
	return select(1.0, -1.0, x < 0.0) * select(rounded, subnormal, size < HALF_MIN);
}
