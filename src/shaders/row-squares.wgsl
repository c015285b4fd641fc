// out[o] = sum of the squares of row o of W, a workgroup a row. W: [rows, width] as weights-*.wgsl read it
struct Params {
	rows: u32, // of this window
	first_row: u32,
	width: u32,
	base: u32, // of the window's first row, in its binding
	stride: u32, // from row to row
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> b0: array<u32>; // W
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
	let local_row = group.y * groups.x + group.x;
	if (local_row >= params.rows) {
		return;
	}
	let row_at = params.base + local_row * params.stride;
	var squares = 0.0;
	for (var column = lane; column < params.width; column += WORKGROUP) {
		let weight = load_b0(row_at, row_at + column);
		squares = fma(weight, weight, squares);
	}
	let total = workgroup_sum(lane, 0u, vec2(squares, 0.0));
	if (lane == 0u) {
		out[params.first_row + local_row] = total.x;
	}
}
