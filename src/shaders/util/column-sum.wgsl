// out[j] = sum of x[i, j] over the live rows i, one thread per column. x: [rows, width], out: [width]
struct Params {
	rows: u32,
	width: u32,
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let j = id.y * groups.x * 64u + id.x;
	if (j >= params.width) {
		return;
	}
	var sum = 0.0;
	for (var i = 0u; i < live_rows(params.rows, params.live_axis, params.live_offset); i++) {
		sum += x[i * params.width + j];
	}
	out[j] = sum;
}
