// Frozen weights as GGUF's Q5_K blocks, as files hold them: 176 bytes for 256 weights, as Q4_K's with 32 bytes of fifth bits, bit j
// of a byte for sub-block j, before the nibbles. Indices count weights.
fn run_b0(row_at: u32, index: u32) -> vec4<f32> {
	let at = (index >> 8u) * 44u;
	// Scale and minimum of the sub-block of 32, six bits each in twelve bytes.
	let shift = 8u * ((index >> 5u) & 3u);
	let first = b0[at + 1u] >> shift;
	let second = b0[at + 2u] >> shift;
	let third = (b0[at + 3u] >> shift) & 255u;
	let late = (index & 128u) != 0u;
	let scale = select(first & 63u, (third & 15u) | ((first & 192u) >> 2u), late);
	let least = select(second & 63u, (third >> 4u) | ((second & 192u) >> 2u), late);
	let d = unpack2x16float(b0[at]) * vec2(f32(scale), f32(least));
	let place = (index & 31u) >> 2u;
	let low = (b0[at + 12u + ((index & 192u) >> 3u) + place] >> ((index & 32u) >> 3u)) & 0x0f0f0f0fu;
	let high = (b0[at + 4u + place] >> ((index >> 5u) & 7u)) & 0x01010101u;
	return gguf_codes(low | (high << 4u)) * d.x - d.y;
}

fn load_b0(row_at: u32, index: u32) -> f32 {
	return run_b0(row_at, index & ~3u)[index & 3u];
}
