// WGSL may assume that no float is NaN or infinite, so such numbers are known and stored by their bits alone.
const NAN_BITS = 0x7fc00000u;

fn is_finite(bits: u32) -> bool {
	return (bits & 0x7fffffffu) < 0x7f800000u;
}
