// Mean (0 for RMSNorm) and inverse deviation of each row, for the gradient of a norm's weight. One workgroup per row.
// x: [rows · groups, width]; statistics: [rows · groups, 2]
@group(0) @binding(3) var<storage, read_write> statistics: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let row = group.y * groups.x + group.x;
	if (row >= live_rows(params.rows, params.live_axis, params.live_offset) * params.groups) {
		return;
	}
	let found = row_statistics(row * params.width, lid);
	if (lid == 0u) {
		statistics[row * 2u] = found.x;
		statistics[row * 2u + 1u] = found.y;
	}
}
