// Frozen weights as GGUF's Q4_0 blocks, as stored in files: 18 bytes for 32 weights, a float16 scale and 16 bytes of codes, the
// first half of the weights in the low nibbles, eight above their value. Indices count weights.
fn q4_0_scale(index: u32) -> f32 {
	let at = (index >> 5u) * 18u;
	let halves = unpack2x16float(b0[at >> 2u]);
	return select(halves.x, halves.y, (at & 2u) != 0u);
}

// Four codes that begin where two divides the index, a byte each.
fn q4_0_codes(index: u32) -> u32 {
	let at = (index >> 5u) * 18u + 2u + (index & 15u);
	let word = b0[at >> 2u];
	let bytes = select(word, (word >> 16u) | (b0[(at >> 2u) + 1u] << 16u), (at & 2u) != 0u);
	return (bytes >> ((index & 16u) >> 2u)) & 0x0f0f0f0fu;
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return f32(i32((q4_0_codes(index & ~1u) >> (8u * (index & 1u))) & 15u) - 8) * q4_0_scale(index);
}

fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let word = q4_0_codes(index);
	return vec4<f32>(vec4<i32>(vec4(word, word >> 8u, word >> 16u, word >> 24u) & vec4(15u)) - vec4(8)) * q4_0_scale(index);
}
