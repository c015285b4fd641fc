// Gradient of RMSNorm and LayerNorm with respect to x. With n = (x - mean) * inverse and g = weight * dout:
// dx = inverse * (g - mean(g) - n * mean(g * n)); RMSNorm has no mean(g). One workgroup per row.
// x, dout, dx: [rows · groups, width]; weight: [width] (f32, or bf16 pairs)
@group(0) @binding(4) var<storage, read> dout: array<Elem>;
@group(0) @binding(5) var<storage, read_write> dx: array<Elem>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let row = group.y * groups.x + group.x;
	if (row >= live_rows(params.rows, params.live_axis, params.live_offset) * params.groups) {
		return;
	}
	let start = row * params.width;
	let width = f32(params.width * ELEM_SIZE);
	var statistics = vec2(0.0, 0.0); // mean, inverse deviation
	var means = vec2(0.0, 0.0); // of g, of g * n
	if (CENTERED) {
		statistics = row_statistics(start, lid);
		var sum_g = Elem(0.0);
		var sum_gn = Elem(0.0);
		for (var c = lid; c < params.width; c += WORKGROUP) {
			let g = weight_at(c) * dout[start + c];
			sum_g += g;
			sum_gn += g * ((x[start + c] - statistics.x) * statistics.y);
		}
		means = workgroup_sum(lid, 2u, vec2(elem_sum(sum_g), elem_sum(sum_gn))) / width;
	} else {
		var squares = Elem(0.0); // both sums in one walk over the row
		var sum_gx = Elem(0.0);
		for (var c = lid; c < params.width; c += WORKGROUP) {
			let value = x[start + c];
			squares += value * value;
			sum_gx += weight_at(c) * dout[start + c] * value;
		}
		let sums = workgroup_sum(lid, 0u, vec2(elem_sum(squares), elem_sum(sum_gx))) / width;
		statistics.y = inverseSqrt(sums.x + params.eps);
		means.y = sums.y * statistics.y;
	}
	for (var c = lid; c < params.width; c += WORKGROUP) {
		let g = weight_at(c) * dout[start + c];
		let n = (x[start + c] - statistics.x) * statistics.y;
		dx[start + c] = statistics.y * (g - means.x - n * means.y);
	}
}
