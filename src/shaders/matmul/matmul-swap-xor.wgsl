// The value of lane (own ^ s) of the subgroup.
fn swap(value: f32, s: u32) -> f32 {
	return subgroupShuffleXor(value, s);
}

// The row of the group whose value swap(value, s) returns.
fn given_row(lane: u32, s: u32) -> u32 {
	return lane ^ s;
}
