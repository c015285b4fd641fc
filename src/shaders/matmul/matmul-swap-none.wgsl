// Without subgroups every thread loads its own rows.
fn swap(value: f32, s: u32) -> f32 {
	return value;
}

// The row of the group whose value swap(value, s) returns.
fn given_row(lane: u32, s: u32) -> u32 {
	return s;
}
