// Frozen weights as GGUF's Q4_K blocks, as files hold them: 144 bytes for 256 weights, the factors of scales and minima as
// float16, 12 bytes of scales and minima, then nibbles, 32 bytes for two sub-blocks. Indices count weights.
fn run_b0(row_at: u32, index: u32) -> vec4<f32> {
	let at = (index >> 8u) * 36u;
	// Scale and minimum of the sub-block of 32, six bits each in twelve bytes.
	let shift = 8u * ((index >> 5u) & 3u);
	let first = b0[at + 1u] >> shift;
	let second = b0[at + 2u] >> shift;
	let third = (b0[at + 3u] >> shift) & 255u;
	let late = (index & 128u) != 0u;
	let scale = select(first & 63u, (third & 15u) | ((first & 192u) >> 2u), late);
	let least = select(second & 63u, (third >> 4u) | ((second & 192u) >> 2u), late);
	let d = unpack2x16float(b0[at]) * vec2(f32(scale), f32(least));
	let word = b0[at + 4u + ((index & 192u) >> 3u) + ((index & 31u) >> 2u)];
	return gguf_codes((word >> ((index & 32u) >> 3u)) & 0x0f0f0f0fu) * d.x - d.y;
}

fn load_b0(row_at: u32, index: u32) -> f32 {
	return run_b0(row_at, index & ~3u)[index & 3u];
}
