// partials[first + g] = sum of squares of block g, one workgroup per block of BLOCK values; a NaN or an infinity makes it
// NaN, by bits. values: [count], a window of whole blocks; partials: [.] (f32 bits)
struct Params {
	count: u32,
	first: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let block = group.y * groups.x + group.x;
	let start = block * BLOCK;
	if (start >= params.count) {
		return;
	}
	let end = min(start + BLOCK, params.count);
	var sum = 0.0;
	var faults = 0.0;
	for (var i = start + lid; i < end; i += WORKGROUP) {
		let bits = values[i];
		if (is_finite(bits)) {
			sum += bitcast<f32>(bits) * bitcast<f32>(bits);
		} else {
			faults += 1.0;
		}
	}
	let total = workgroup_sum(lid, 0u, vec2(sum, faults));
	if (lid == 0u) {
		sums[params.first + block] = select(NAN_BITS, bitcast<u32>(total.x), total.y == 0.0);
	}
}
