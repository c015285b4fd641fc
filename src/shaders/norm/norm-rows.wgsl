// Shared by the norm kernels: mean and inverse deviation of one row of x, [rows, width], by one workgroup.
// CENTERED: LayerNorm; otherwise RMSNorm, whose mean counts as 0. Two passes, so that a large mean loses no digits.
fn row_statistics(start: u32, lid: u32) -> vec2<f32> {
	let width = f32(params.width * ELEM_SIZE);
	var mean = 0.0;
	if (CENTERED) {
		var sum = Elem(0.0);
		for (var c = lid; c < params.width; c += WORKGROUP) {
			sum += x[start + c];
		}
		mean = workgroup_sum(lid, 0u, vec2(elem_sum(sum), 0.0)).x / width;
	}
	var squares = Elem(0.0);
	for (var c = lid; c < params.width; c += WORKGROUP) {
		let centered = x[start + c] - mean;
		squares += centered * centered;
	}
	return vec2(mean, inverseSqrt(workgroup_sum(lid, 1u, vec2(elem_sum(squares), 0.0)).x / width + params.eps));
}
