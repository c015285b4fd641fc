// Frozen weights as GGUF's Q4_K blocks, as stored in files: 144 bytes for 256 weights, the factors of scales and minima as
// float16, 12 bytes of scales and minima, then nibbles, 32 bytes for two sub-blocks. Indices count weights.
fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let at = (index >> 8u) * 36u;
	let d = gguf_scale_and_minimum(at, index);
	let word = b0[at + 4u + ((index & 192u) >> 3u) + ((index & 31u) >> 2u)];
	return gguf_codes((word >> ((index & 32u) >> 3u)) & 0x0f0f0f0fu) * d.x - d.y;
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return load_b4(row_at, index & ~3u)[index & 3u];
}
