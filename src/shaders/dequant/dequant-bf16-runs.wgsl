// Frozen bfloat16 weights bound as two pairs, four numbers.
fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let pairs = b0[index >> 2u];
	return bitcast<vec4<f32>>(vec4(pairs.x << 16u, pairs.x & 0xffff0000u, pairs.y << 16u, pairs.y & 0xffff0000u));
}

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	return load_b4(row_at, index)[index & 3u];
}
