// Tests the subgroup behaviour that the exchange strategies rely on: out[4 · thread …] = subgroup size, lane, and the values of
// lane ^ 1 and lane ^ 3. Runs several workgroups, to detect a device that packs them into one subgroup.
struct Params {
	lanes: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(LANES)
fn main(
	@builtin(workgroup_id) group: vec3<u32>,
	@builtin(local_invocation_index) thread: u32,
	@builtin(subgroup_size) size: u32,
	@builtin(subgroup_invocation_id) lane: u32,
) {
	let mine = f32(group.x * params.lanes + thread);
	let at = (group.x * params.lanes + thread) * 4u;
	out[at] = size;
	out[at + 1u] = lane;
	out[at + 2u] = u32(swap(mine, 1u));
	out[at + 3u] = u32(swap(mine, 3u));
}
