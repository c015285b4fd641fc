// Gradient of RMSNorm and LayerNorm with respect to x. With n = (x - mean) * inverse and g = weight * dout:
// dx = inverse * (g - mean(g) - n * mean(g * n)); RMSNorm has no mean(g). One workgroup a row.
// x, dout, dx: [rows · groups, width]; weight: [width] (f32, or bf16 pairs)
struct Params {
	rows: u32,
	groups: u32, // of a row, each normed on its own
	width: u32, // in elems
	eps: f32,
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<Elem>;
@group(0) @binding(3) var<storage, read> weight: array<Words>;
@group(0) @binding(4) var<storage, read> dout: array<Elem>;
@group(0) @binding(5) var<storage, read_write> dx: array<Elem>;

fn weight_at(c: u32) -> Elem {
	let held = words_elem(weight[words_index(c, WEIGHT_BF16)], c, WEIGHT_BF16);
	return select(held, 1.0 + held, ONE_PLUS);
}

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
