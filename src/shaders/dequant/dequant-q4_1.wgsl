// Frozen weights as GGUF's Q4_1 blocks, as stored in files: 20 bytes for 32 weights, scale and minimum as float16, then 16 bytes
// of codes, the first half of the weights in the low nibbles. Indices count weights.
fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let at = (index >> 5u) * 5u;
	let scale = unpack2x16float(b0[at]);
	let codes = (b0[at + 1u + ((index & 15u) >> 2u)] >> ((index & 16u) >> 2u)) & 0x0f0f0f0fu;
	return gguf_codes(codes) * scale.x + scale.y;
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return load_b4(row_at, index & ~3u)[index & 3u];
}
