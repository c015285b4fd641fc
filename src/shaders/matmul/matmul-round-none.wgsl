// Operands of segment 0 in full precision.
fn a0_value(x: f32) -> f32 {
	return x;
}

fn b0_value(x: f32) -> f32 {
	return x;
}
