// Frozen weights as GGUF's Q8_0 blocks, as stored in files: 34 bytes for 32 weights, a float16 scale and one code per byte. Indices
// count weights.
fn q8_0_scale(index: u32) -> f32 {
	let at = (index >> 5u) * 34u;
	let halves = unpack2x16float(b0[at >> 2u]);
	return select(halves.x, halves.y, (at & 2u) != 0u);
}

// Four codes that begin where two divides the index.
fn q8_0_codes(index: u32) -> i32 {
	let at = (index >> 5u) * 34u + 2u + (index & 31u);
	let word = b0[at >> 2u];
	return i32(select(word, (word >> 16u) | (b0[(at >> 2u) + 1u] << 16u), (at & 2u) != 0u));
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return f32(extractBits(q8_0_codes(index & ~1u), 8u * (index & 1u), 8u)) * q8_0_scale(index);
}

fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let word = q8_0_codes(index);
	return vec4<f32>(vec4(word << 24u, word << 16u, word << 8u, word) >> vec4(24u)) * q8_0_scale(index);
}
