// Frozen weights as GGUF's Q5_K blocks, as stored in files: 176 bytes for 256 weights, as Q4_K's with 32 bytes of fifth bits, bit j
// of a byte for sub-block j, before the nibbles. Indices count weights.
fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let at = (index >> 8u) * 44u;
	let d = gguf_scale_and_minimum(at, index);
	let place = (index & 31u) >> 2u;
	let low = (b0[at + 12u + ((index & 192u) >> 3u) + place] >> ((index & 32u) >> 3u)) & 0x0f0f0f0fu;
	let high = (b0[at + 4u + place] >> ((index >> 5u) & 7u)) & 0x01010101u;
	return gguf_codes(low | (high << 4u)) * d.x - d.y;
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return load_b4(row_at, index & ~3u)[index & 3u];
}
