// Gradient of RMSNorm and LayerNorm with respect to x. With n = (x - mean) * inverse and g = weight * dout:
// dx = inverse * (g - mean(g) - n * mean(g * n)); RMSNorm has no mean(g). One workgroup a row.
// x, dout, dx: [rows, width]; weight: [width] (f32, or bf16 pairs)
struct Params {
	rows: u32,
	width: u32,
	eps: f32,
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<u32>;
@group(0) @binding(4) var<storage, read> dout: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

fn weight_at(c: u32) -> f32 {
	if (WEIGHT_BF16) {
		return bf16_half(weight[c >> 1u], c);
	}
	return bitcast<f32>(weight[c]);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
	let row = group.y * groups.x + group.x;
	if (row >= live_rows(params.rows, params.live_axis, params.live_offset)) {
		return;
	}
	let start = row * params.width;
	let statistics = row_statistics(start, lane);
	var sums = vec2(0.0, 0.0); // of g, of g * n
	for (var c = lane; c < params.width; c += WORKGROUP) {
		let g = weight_at(c) * dout[start + c];
		sums += vec2(g, g * ((x[start + c] - statistics.x) * statistics.y));
	}
	var means = workgroup_sum(lane, sums) / f32(params.width);
	if (!CENTERED) {
		means.x = 0.0;
	}
	for (var c = lane; c < params.width; c += WORKGROUP) {
		let g = weight_at(c) * dout[start + c];
		let n = (x[start + c] - statistics.x) * statistics.y;
		dx[start + c] = statistics.y * (g - means.x - n * means.y);
	}
}
