// Writes up to four sums of strategy block one by one; `count` remain until the edge.
fn store_quad(at: u32, stride: u32, value: vec4f, count: u32) {
	for (var e = 0u; e < min(4u, count); e++) {
		if (ACCUMULATE) {
			out[at + e * stride] += value[e];
		} else {
			out[at + e * stride] = value[e];
		}
	}
}
