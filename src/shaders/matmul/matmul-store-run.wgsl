// Writes four sums of strategy block where out is bound as vec4s.
fn store_quad(at: u32, stride: u32, value: vec4f, count: u32) {
	if (ACCUMULATE) {
		out[at >> 2u] += value;
	} else {
		out[at >> 2u] = value;
	}
}
