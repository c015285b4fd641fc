// For each live token, the next token with the same id, and whether it is the first with that id, so that a gradient by ids is
// summed in a fixed order without atomics. The id SKIP is ignored. ids, next, first: [rows]
struct Params {
	rows: u32,
	live_axis: u32,
	live_offset: u32,
	skip: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> next: array<u32>;
@group(0) @binding(4) var<storage, read_write> first: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let t = id.y * groups.x * 64u + id.x;
	let rows = live_rows(params.rows, params.live_axis, params.live_offset);
	if (t >= rows) {
		return;
	}
	let own = ids[t];
	var earliest = select(1u, 0u, own == params.skip);
	for (var other = 0u; other < t; other++) {
		if (ids[other] == own) {
			earliest = 0u;
			break;
		}
	}
	var following = rows;
	for (var other = t + 1u; other < rows; other++) {
		if (ids[other] == own) {
			following = other;
			break;
		}
	}
	next[t] = following;
	first[t] = earliest;
}
