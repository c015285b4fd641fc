// swiglu.wgsl after the low-rank terms of gate and up, which are stored with them, for the backward pass. A thread computes four
// rows. gate, up, out: [rows, width]
struct Params {
	rows: u32,
	width: u32, // in vec4s, as rank…
	live_axis: u32,
	live_offset: u32,
	once: u32, // 1: loop bounds contain it, so that compilers do not unroll the loops
	u0_base: u32, // …_base: in numbers
	m0_base: u32,
	rank0: u32, // 0: no low-rank term
	scale0: f32,
	adapter0: u32,
	u1_base: u32,
	m1_base: u32,
	rank1: u32,
	scale1: f32,
	adapter1: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> low_u: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> low_m: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> gate: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> up: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
	let live = live_rows(params.rows, params.live_axis, params.live_offset);
	let i = (group.y * groups.x + group.x) * WORKGROUP + thread;
	let c = i % params.width;
	let row = 4u * (i / params.width);
	if (row >= live) {
		return;
	}
	let rows = four_rows(row, live);
	let g = low_rank(rows, c, params.u0_base / 4u, params.m0_base / 4u, params.rank0, params.width, low_factor(params.scale0, params.adapter0));
	let u = low_rank(rows, c, params.u1_base / 4u, params.m1_base / 4u, params.rank1, params.width, low_factor(params.scale1, params.adapter1));
	for (var n = 0u; n < 4u; n++) { // unrolled
		if (row + n < live) {
			let at = (row + n) * params.width + c;
			let whole_gate = gate[at] + g[n];
			let whole_up = up[at] + u[n];
			gate[at] = whole_gate;
			up[at] = whole_up;
			out[at] = whole_gate * sigmoid(gate_argument(whole_gate)) * whole_up;
		}
	}
}
