// The value of lane (own ^ s) of the subgroup.
fn swap(value: f32, s: u32) -> f32 {
	return subgroupShuffleXor(value, s);
}
