// 1 / (1 + exp(-x)), with an exponential that cannot overflow: WGSL may assume no infinity.
fn sigmoid(x: f32) -> f32 {
	let e = exp(-abs(x));
	return select(e, 1.0, x >= 0.0) / (1.0 + e);
}
