// Frozen float32 weights bound as vec4s.
fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	return bitcast<vec4<f32>>(b0[index >> 2u]);
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return load_b4(row_at, index)[index & 3u];
}
