// Workgroup memory of strategy block. A quad of float32 is two words of eight bytes, as in matmul-block-memory-half.wgsl, so that
// merged kernels of both share the memory.
var<workgroup> shared_words: array<vec2u, SHARED_QUADS * 2u>;

fn shared0(at: u32) -> vec4f {
	return vec4f(bitcast<vec2f>(shared_words[2u * at]), bitcast<vec2f>(shared_words[2u * at + 1u]));
}

fn set_shared0(at: u32, quad: vec4f) {
	shared_words[2u * at] = bitcast<vec2u>(quad.xy);
	shared_words[2u * at + 1u] = bitcast<vec2u>(quad.zw);
}

fn shared1(at: u32) -> vec4f {
	return shared0(at);
}

fn set_shared1(at: u32, quad: vec4f) {
	set_shared0(at, quad);
}
