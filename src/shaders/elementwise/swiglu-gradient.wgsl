// Both gradients of out = f(gate) * up in one pass. With s = sigmoid(gate_argument(gate)):
// dgate = dout * up * s * (1 + gate * gate_argument'(gate) * (1 - s)), dup = dout * gate * s. All: [rows, width]
struct Params {
	rows: u32,
	width: u32, // in elems
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> gate: array<Elem>;
@group(0) @binding(3) var<storage, read> up: array<Elem>;
@group(0) @binding(4) var<storage, read> dout: array<Elem>;
@group(0) @binding(5) var<storage, read_write> dgate: array<Elem>;
@group(0) @binding(6) var<storage, read_write> dup: array<Elem>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let count = live_rows(params.rows, params.live_axis, params.live_offset) * params.width;
	let first = (group.y * groups.x + group.x) * (WORKGROUP * PER);
	let end = min(count, first + WORKGROUP * PER);
	for (var i = first + lid; i < end; i += WORKGROUP) {
		let g = gate[i];
		let d = dout[i];
		let s = sigmoid(gate_argument(g));
		dgate[i] = d * up[i] * s * (1.0 + g * gate_argument_slope(g) * (1.0 - s));
		dup[i] = d * g * s;
	}
}
