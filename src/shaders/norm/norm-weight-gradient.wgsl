// dweight[c] = sum over live rows of dout * (x - mean) * inverse; one thread per column adds the rows in order, so the result is deterministic.
// x, dout: [rows · groups, width]; statistics: [rows · groups, 2]; dweight: [width]
struct Params {
	rows: u32,
	groups: u32, // of a row, each normalised separately
	width: u32,
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read> statistics: array<f32>;
@group(0) @binding(5) var<storage, read_write> dweight: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let c = id.y * groups.x * 64u + id.x;
	if (c >= params.width) {
		return;
	}
	let rows = live_rows(params.rows, params.live_axis, params.live_offset) * params.groups;
	var sum = 0.0;
	for (var row = 0u; row < rows; row++) {
		let i = row * params.width + c;
		sum += dout[i] * ((x[i] - statistics[row * 2u]) * statistics[row * 2u + 1u]);
	}
	dweight[c] = sum;
}
