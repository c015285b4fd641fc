// out += a, element by element. a, out: [rows, width]
struct Params {
	rows: u32,
	width: u32, // in elems
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> a: array<Elem>;
@group(0) @binding(3) var<storage, read_write> out: array<Elem>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let count = live_rows(params.rows, params.live_axis, params.live_offset) * params.width;
	let first = (group.y * groups.x + group.x) * (WORKGROUP * PER);
	let end = min(count, first + WORKGROUP * PER);
	for (var i = first + lid; i < end; i += WORKGROUP) {
		out[i] += a[i];
	}
}
