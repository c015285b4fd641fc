// state[index] = sqrt(sum of the partial sums), by one workgroup in a fixed order; NaN, by bits, when one of them or the
// sum is not finite. sums: [count] (f32 bits); state: [.] (f32 bits)
struct Params {
	count: u32,
	index: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> sums: array<u32>;
@group(0) @binding(3) var<storage, read_write> state: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lid: u32) {
	var sum = 0.0;
	var faults = 0.0;
	for (var i = lid; i < params.count; i += WORKGROUP) {
		let bits = sums[i];
		if (is_finite(bits)) {
			sum += bitcast<f32>(bits);
		} else {
			faults += 1.0;
		}
	}
	let total = workgroup_sum(lid, 0u, vec2(sum, faults));
	if (lid == 0u) {
		let norm = bitcast<u32>(sqrt(total.x));
		state[params.index] = select(NAN_BITS, norm, total.y == 0.0 && is_finite(bitcast<u32>(total.x)));
	}
}
