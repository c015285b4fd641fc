// state[index] += sum of the live values, by one workgroup in a fixed order. A NaN or an infinity makes it NaN
// permanently, by bits. In a race, only the values of one slot are summed. values: [rows]; state: [.] (f32 bits)
struct Params {
	rows: u32,
	index: u32,
	live_axis: u32,
	live_offset: u32,
	slot: u32,
	slots: u32, // 0: all values
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> state: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lid: u32) {
	var first = 0u;
	var end = live_rows(params.rows, params.live_axis, params.live_offset);
	if (params.slots > 0u) {
		let begin = params.slot * step.slot_targets;
		first = max(begin, params.live_offset) - params.live_offset;
		end = min(end, max(begin + step.slot_targets, params.live_offset) - params.live_offset);
	}
	var sum = 0.0;
	var faults = 0.0;
	for (var i = first + lid; i < end; i += WORKGROUP) {
		let bits = values[i];
		if (is_finite(bits)) {
			sum += bitcast<f32>(bits);
		} else {
			faults += 1.0;
		}
	}
	let total = workgroup_sum(lid, 0u, vec2(sum, faults));
	if (lid == 0u) {
		let before = state[params.index];
		let after = bitcast<u32>(bitcast<f32>(before) + total.x);
		state[params.index] = select(NAN_BITS, after, total.y == 0.0 && is_finite(before));
	}
}
