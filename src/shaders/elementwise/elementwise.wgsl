// The frame of the element-wise kernels: the parameters, the live rows, and a loop that calls the kernel's own
// `element(i)` once for each element. The kernel's file declares its bindings, from 2 on, and `element`.
struct Params {
	rows: u32,
	width: u32, // in elems
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let count = live_rows(params.rows, params.live_axis, params.live_offset) * params.width;
	let first = (group.y * groups.x + group.x) * (WORKGROUP * PER);
	let end = min(count, first + WORKGROUP * PER);
	for (var i = first + lid; i < end; i += WORKGROUP) {
		element(i);
	}
}

