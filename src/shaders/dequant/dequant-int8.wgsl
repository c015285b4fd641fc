// Frozen weights as int8: a row's scale is the word before its codes, four codes per word, the first in the low byte
// (kernels/quantise-int8.ts). Indices count bytes.
fn int8_scale(row_at: u32) -> f32 {
	return bitcast<f32>(b0[(row_at >> 2u) - 1u]);
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return f32(extractBits(i32(b0[index >> 2u]), 8u * (index & 3u), 8u)) * int8_scale(row_at);
}

fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let word = i32(b0[index >> 2u]);
	return vec4<f32>(vec4(word << 24u, word << 16u, word << 8u, word) >> vec4(24u)) * int8_scale(row_at);
}
