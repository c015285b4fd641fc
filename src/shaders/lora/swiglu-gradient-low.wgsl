// swiglu-gradient.wgsl of dout and its low-rank term. A thread computes four rows. gate, up, dout, dgate, dup: [rows, width]
struct Params {
	rows: u32,
	width: u32, // in vec4s, as rank0
	live_axis: u32,
	live_offset: u32,
	once: u32, // 1: loop bounds contain it, so that compilers do not unroll the loops
	rank0: u32,
	scale0: f32,
	adapter0: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> gate: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> up: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> low_u: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> low_m: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> dgate: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> dup: array<vec4<f32>>;

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
	let low = low_rank(rows, c, 0u, 0u, params.rank0, params.width, low_factor(params.scale0, params.adapter0));
	for (var n = 0u; n < 4u; n++) { // unrolled
		if (row + n < live) {
			let at = (row + n) * params.width + c;
			let g = gate[at];
			let d = dout[at] + low[n];
			let s = sigmoid(gate_argument(g));
			dgate[at] = d * up[at] * s * (1.0 + g * gate_argument_slope(g) * (1.0 - s));
			dup[at] = d * g * s;
		}
	}
}
