// What the decoders of GGUF's blocks share: words and halves at any even byte of the binding b0, and the bytes of a word.
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
