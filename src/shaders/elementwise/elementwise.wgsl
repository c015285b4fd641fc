// The frame of the element-wise kernels (kernels/elementwise.ts): parameters, live rows, and a loop over the elements. A
// kernel's parameters follow live_offset. The body of its `setup` is inserted before the loop, and that of its `element` into the loop.
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
	setup();
	for (var i = first + lid; i < end; i += WORKGROUP) {
		element(i);
	}
}

