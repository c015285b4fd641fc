// out[o] = sum of the squares of row o of W, one workgroup per row. W: [rows, width] as dequant-*.wgsl read it
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
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let local_row = group.y * groups.x + group.x;
	if (local_row >= params.rows) {
		return;
	}
	let row_at = params.base + local_row * params.stride;
	var squares = 0.0;
	for (var column = lid; column < params.width; column += WORKGROUP) {
		let weight = load_b_scalar(row_at, row_at + column);
		squares = fma(weight, weight, squares);
	}
	let total = workgroup_sum(lid, 0u, vec2(squares, 0.0));
	if (lid == 0u) {
		out[params.first_row + local_row] = total.x;
	}
}
