// Without subgroups every thread loads its own rows: never called, EXCHANGE is 1.
fn swap(value: f32, s: u32) -> f32 {
	return value;
}
