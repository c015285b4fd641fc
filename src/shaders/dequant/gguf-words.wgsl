// Functions that the decoders of GGUF blocks share: words and halves at any even byte of the binding b0, and the bytes of a word.
fn gguf_word(at: u32) -> u32 {
	let word = b0[at >> 2u];
	return select(word, (word >> 16u) | (b0[(at >> 2u) + 1u] << 16u), (at & 2u) != 0u);
}

fn gguf_half(at: u32) -> f32 {
	let halves = unpack2x16float(b0[at >> 2u]);
	return select(halves.x, halves.y, (at & 2u) != 0u);
}

// Four codes, one a byte.
fn gguf_codes(word: u32) -> vec4<f32> {
	return vec4<f32>(vec4(word, word >> 8u, word >> 16u, word >> 24u) & vec4(255u));
}

// Bits 0 to 3 as the fifth bit of four codes.
fn gguf_fifths(bits: u32) -> u32 {
	return ((bits & 1u) << 4u) | ((bits & 2u) << 11u) | ((bits & 4u) << 18u) | ((bits & 8u) << 25u);
}

// For Q4_K and Q5_K, whose block starts at word `at`: scale and minimum of the weight's sub-block of 32, six bits each in twelve
// bytes, times their float16 factors.
fn gguf_scale_and_minimum(at: u32, index: u32) -> vec2<f32> {
	let shift = 8u * ((index >> 5u) & 3u);
	let first = b0[at + 1u] >> shift;
	let second = b0[at + 2u] >> shift;
	let third = (b0[at + 3u] >> shift) & 255u;
	let late = (index & 128u) != 0u;
	let scale = select(first & 63u, (third & 15u) | ((first & 192u) >> 2u), late);
	let least = select(second & 63u, (third >> 4u) | ((second & 192u) >> 2u), late);
	return unpack2x16float(b0[at]) * vec2(f32(scale), f32(least));
}
