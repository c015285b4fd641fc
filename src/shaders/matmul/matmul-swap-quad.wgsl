// The value of lane (own ^ s) among four: quad operations, cheap where the subgroup is a quad.
fn swap(value: f32, s: u32) -> f32 {
	if (s == 0u) {
		return value;
	} else if (s == 1u) {
		return quadSwapX(value);
	} else if (s == 2u) {
		return quadSwapY(value);
	}
	return quadSwapDiagonal(value);
}

// The row of the group whose value swap(value, s) returns.
fn given_row(lane: u32, s: u32) -> u32 {
	return lane ^ s;
}
