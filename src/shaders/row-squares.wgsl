// out[o] = sum of the squares of row o of W, a workgroup a row. W: [rows, width] (f32, or bf16 pairs), out: [rows]
struct Params {
	rows: u32, // of this window
	first_row: u32,
	width: u32,
	base: u32, // element of W at which the binding starts
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> W: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
	let local_row = group.y * groups.x + group.x;
	if (local_row >= params.rows) {
		return;
	}
	let row = params.first_row + local_row;
	var squares = 0.0;
	for (var column = lane; column < params.width; column += WORKGROUP) {
		let element = row * params.width + column - params.base;
		var weight: f32;
		if (BF16) {
			weight = bf16_half(W[element >> 1u], element);
		} else {
			weight = bitcast<f32>(W[element]);
		}
		squares = fma(weight, weight, squares);
	}
	let total = workgroup_sum(lane, 0u, vec2(squares, 0.0));
	if (lane == 0u) {
		out[row] = total.x;
	}
}
