// place[rows[first + i]] = rows of values; the other rows do not change. The listed rows are distinct.
// values: [count, width]; rows: [.]; place: [., width]
struct Params {
	count: u32,
	width: u32,
	first: u32,
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read_write> place: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let i = id.y * groups.x * 64u + id.x;
	if (i < live_rows(params.count, params.live_axis, params.live_offset) * params.width) {
		let row = rows[params.first + i / params.width];
		place[row * params.width + i % params.width] = values[i];
	}
}
