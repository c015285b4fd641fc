// Start of the norm kernels: parameters, x, and the mean and inverse deviation of a row of x, which one workgroup computes.
// x: [rows · groups, width]. CENTERED: LayerNorm; otherwise RMSNorm, whose mean is 0. Two passes keep all digits of a large mean.
struct Params {
	rows: u32,
	groups: u32, // of a row, each normalised separately
	width: u32, // in elems
	eps: f32,
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<Elem>;

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
