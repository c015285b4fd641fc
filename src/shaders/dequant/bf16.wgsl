// bf16 numbers as stored in files: pairs in a u32, the even element in the low half.
fn bf16_half(pair: u32, element: u32) -> f32 {
	return bitcast<f32>(select(pair << 16u, pair & 0xffff0000u, (element & 1u) == 1u));
}
