// Some columns of one matrix into some columns of another, live rows only. x: [rows, from_width]; out: [rows, to_width]
struct Params {
	rows: u32,
	width: u32, // columns to copy
	from_width: u32,
	from_start: u32,
	to_width: u32,
	to_start: u32,
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let count = live_rows(params.rows, params.live_axis, params.live_offset) * params.width;
	let first = (group.y * groups.x + group.x) * (WORKGROUP * PER);
	let end = min(count, first + WORKGROUP * PER);
	for (var i = first + lid; i < end; i += WORKGROUP) {
		let row = i / params.width;
		let column = i - row * params.width;
		out[row * params.to_width + params.to_start + column] = x[row * params.from_width + params.from_start + column];
	}
}
