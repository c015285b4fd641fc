// Frozen weights as NF4 with double quantisation (kernels/quantise-nf4.ts): groups of 2114 words, which contain the second absmax,
// the offset, 256 bytes of quantised absmax and 16384 codes, the first of a byte in its high nibble. Indices count elements
// of the flattened matrix.
const NF4_GROUP_WORDS = 2114u;

fn load_b_scalar(row_at: u32, index: u32) -> f32 {
	let word = b0[(index >> 14u) * NF4_GROUP_WORDS + 66u + ((index & 16383u) >> 3u)];
	return nf4_level((word >> (4u * ((index & 7u) ^ 1u))) & 15u) * nf4_absmax(index);
}

fn load_b4(row_at: u32, index: u32) -> vec4<f32> {
	let word = b0[(index >> 14u) * NF4_GROUP_WORDS + 66u + ((index & 16383u) >> 3u)] >> (4u * (index & 4u));
	return vec4(
		nf4_level((word >> 4u) & 15u),
		nf4_level(word & 15u),
		nf4_level((word >> 12u) & 15u),
		nf4_level((word >> 8u) & 15u),
	) * nf4_absmax(index);
}

// The block's absmax: its level of the dynamic 8-bit map, times the group's, plus the offset.
fn nf4_absmax(index: u32) -> f32 {
	let group = (index >> 14u) * NF4_GROUP_WORDS;
	let code = (b0[group + 2u + ((index >> 8u) & 63u)] >> (8u * ((index >> 6u) & 3u))) & 255u;
	return dynamic_level(code) * bitcast<f32>(b0[group]) + bitcast<f32>(b0[group + 1u]);
}

// Codes from 128 on are 10^(e - 6) * (0.1 + 0.9 * (i + 1/2) / 2^e) with 128 + 2^e - 1 + i = code, so that e and the fraction
// are the exponent and the mantissa of code - 126.5; below 127 the same, negative and backwards; 127 is 0 and 255 is 1.
fn dynamic_level(code: u32) -> f32 {
	let bits = bitcast<u32>(f32(select(126u - code, code - 128u, code > 127u)) + 1.5);
	let fraction = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u) - 1.0;
	let e = (bits >> 23u) - 127u;
	let low = select(select(1e-6, 1e-5, e == 1u), select(1e-4, 1e-3, e == 3u), e > 1u);
	let high = select(select(1e-2, 1e-1, e == 5u), 1.0, e == 6u);
	let size = select(low, high, e > 3u) * (0.1 + 0.9 * fraction);
	return select(select(select(-size, size, code > 127u), 0.0, code == 127u), 1.0, code == 255u);
}

// Selected bit by bit, because software adapters index an array one lane at a time.
fn nf4_level(code: u32) -> f32 {
	let b = vec4<bool>((code & 1u) != 0u, (code & 2u) != 0u, (code & 4u) != 0u, (code & 8u) != 0u);
	let below = select(
		select(select(-1.0, -0.6961928009986877, b.x), select(-0.5250730514526367, -0.39491748809814453, b.x), b.y),
		select(
			select(-0.28444138169288635, -0.18477343022823334, b.x),
			select(-0.09105003625154495, 0.0, b.x),
			b.y,
		),
		b.z,
	);
	let above = select(
		select(select(0.07958029955625534, 0.16093020141124725, b.x), select(0.24611230194568634, 0.33791524171829224, b.x), b.y),
		select(select(0.44070982933044434, 0.5626170039176941, b.x), select(0.7229568362236023, 1.0, b.x), b.y),
		b.z,
	);
	return select(below, above, b.w);
}
