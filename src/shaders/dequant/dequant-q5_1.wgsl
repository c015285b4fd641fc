// Frozen weights as GGUF's Q5_1 blocks, as stored in files: 24 bytes for 32 weights, scale and minimum as float16, a fifth bit of
// every code in four bytes, then 16 bytes of nibbles as Q4_0's. Indices count weights.
fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let at = (index >> 5u) * 6u;
	let scale = unpack2x16float(b0[at]);
	let low = (b0[at + 2u + ((index & 15u) >> 2u)] >> ((index & 16u) >> 2u)) & 0x0f0f0f0fu;
	return gguf_codes(low | gguf_fifths(b0[at + 1u] >> (index & 31u))) * scale.x + scale.y;
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return load_b4(row_at, index & ~3u)[index & 3u];
}
