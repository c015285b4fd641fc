// Without subgroups every thread loads its own rows.
fn swap(value: f32, s: u32) -> f32 {
	return value;
}

// The row of the group that swap(value, s) brings.
fn given_row(lane: u32, s: u32) -> u32 {
	return s;
}
