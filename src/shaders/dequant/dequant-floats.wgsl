// Frozen weights as floats: f32 bits (LAYOUT 0) or bf16 pairs. Every dequant-*.wgsl provides one element, and a run
// of four from an index divisible by four. row_at is the start of the element's row, where some formats store a scale.
fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	if (LAYOUT == 0u) {
		return bitcast<f32>(b0[index]);
	}
	return bf16_half(b0[index >> 1u], index);
}

fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	return vec4(load_b_scalar(row_at, index), load_b_scalar(row_at, index + 1u), load_b_scalar(row_at, index + 2u), load_b_scalar(row_at, index + 3u));
}
