// Workgroup memory of strategy block in mixed precision: segment 0 as float16 (shared0), the rest as float32 (shared1).
var<workgroup> shared_words: array<vec2u, SHARED_QUADS * 2u>;

fn shared0(at: u32) -> vec4f {
	let words = shared_words[at];
	return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
}

fn set_shared0(at: u32, quad: vec4f) {
	shared_words[at] = halves_of(quad);
}

fn shared1(at: u32) -> vec4f {
	return vec4f(bitcast<vec2f>(shared_words[2u * at]), bitcast<vec2f>(shared_words[2u * at + 1u]));
}

fn set_shared1(at: u32, quad: vec4f) {
	shared_words[2u * at] = bitcast<vec2u>(quad.xy);
	shared_words[2u * at + 1u] = bitcast<vec2u>(quad.zw);
}
