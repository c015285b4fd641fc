// Frozen weights as GGUF's Q5_0 blocks, as stored in files: 22 bytes for 32 weights, a float16 scale, a fifth bit of every code in
// four bytes, then 16 bytes of nibbles as Q4_0's; sixteen above their value. Indices count weights.
fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let at = (index >> 5u) * 22u;
	let low = (gguf_word(at + 6u + (index & 15u)) >> ((index & 16u) >> 2u)) & 0x0f0f0f0fu;
	let codes = low | gguf_fifths(gguf_word(at + 2u) >> (index & 31u));
	return (gguf_codes(codes) - 16.0) * gguf_half(at);
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return load_b4(row_at, index & ~3u)[index & 3u];
}
