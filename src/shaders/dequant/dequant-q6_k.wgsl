// Frozen weights as GGUF's Q6_K blocks, as stored in files: 210 bytes for 256 weights, 128 bytes of low nibbles, 64 of two high bits
// each, 16 signed scales, then their float16 factor; codes are 32 above their value. Indices count weights.
fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let at = (index >> 8u) * 210u;
	let half = (index >> 7u) & 1u;
	let quarter = (index >> 5u) & 3u;
	let place = index & 31u;
	let low = (gguf_word(at + 64u * half + 32u * (quarter & 1u) + place) >> (2u * (quarter & 2u))) & 0x0f0f0f0fu;
	let high = (gguf_word(at + 128u + 32u * half + place) >> (2u * quarter)) & 0x03030303u;
	let scale_at = at + 192u + ((index & 255u) >> 4u);
	let scale = extractBits(bitcast<i32>(b0[scale_at >> 2u]), 8u * (scale_at & 3u), 8u);
	return (gguf_codes(low | (high << 4u)) - 32.0) * (gguf_half(at + 208u) * f32(scale));
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return load_b4(row_at, index & ~3u)[index & 3u];
}
