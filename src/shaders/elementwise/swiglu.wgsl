// out = f(gate) * up, f(g) = g * sigmoid(gate_argument(g)): silu, or gelu in its tanh form. gate, up, out: [rows, width]
struct Params {
	rows: u32,
	width: u32, // in elems
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> gate: array<Elem>;
@group(0) @binding(3) var<storage, read> up: array<Elem>;
@group(0) @binding(4) var<storage, read_write> out: array<Elem>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let count = live_rows(params.rows, params.live_axis, params.live_offset) * params.width;
	let first = (group.y * groups.x + group.x) * (WORKGROUP * PER);
	let end = min(count, first + WORKGROUP * PER);
	for (var i = first + lid; i < end; i += WORKGROUP) {
		let g = gate[i];
		out[i] = g * sigmoid(gate_argument(g)) * up[i];
	}
}
