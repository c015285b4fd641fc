// rope.wgsl after the low-rank term of x. A thread rotates a pair of vec4s in four rows; half_dim = 0 copies all columns.
// x, out: [rows, heads * head_dim]; cos, sin: [positions, half]; positions: [rows]
struct Params {
	rows: u32,
	heads: u32,
	head_dim: u32, // in vec4s, as half_dim and rank0
	half_dim: u32, // rotary_dim / 2
	live_axis: u32,
	live_offset: u32,
	once: u32, // 1: loop bounds contain it, so that compilers do not unroll the loops
	x_base: u32, // …_base: in numbers
	out_base: u32,
	u0_base: u32,
	m0_base: u32,
	rank0: u32,
	scale0: f32,
	adapter0: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> cosines: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> sines: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> positions: array<u32>;
@group(0) @binding(6) var<storage, read> low_u: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> low_m: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
	let live = live_rows(params.rows, params.live_axis, params.live_offset);
	let pairs = params.head_dim - params.half_dim; // of one head, including the copied columns
	let i = (group.y * groups.x + group.x) * WORKGROUP + thread;
	let c = i % pairs;
	let head = i / pairs % params.heads;
	let row = 4u * (i / pairs / params.heads);
	if (row >= live) {
		return;
	}
	let rows = four_rows(row, live);
	let width = params.heads * params.head_dim;
	let first = head * params.head_dim + c;
	let second = first + params.half_dim;
	let factor = low_factor(params.scale0, params.adapter0);
	let b = low_rank(rows, second, params.u0_base / 4u, params.m0_base / 4u, params.rank0, width, factor);
	if (c >= params.half_dim) {
		for (var n = 0u; n < 4u; n++) { // unrolled
			if (row + n < live) {
				let at = (row + n) * width + second;
				out[params.out_base / 4u + at] = x[params.x_base / 4u + at] + b[n];
			}
		}
		return;
	}
	let a = low_rank(rows, first, params.u0_base / 4u, params.m0_base / 4u, params.rank0, width, factor);
	for (var n = 0u; n < 4u; n++) { // unrolled
		if (row + n < live) {
			let at = (row + n) * width + first;
			let angle = positions[row + n] * params.half_dim + c;
			let p = x[params.x_base / 4u + at] + a[n];
			let q = x[params.x_base / 4u + at + params.half_dim] + b[n];
			out[params.out_base / 4u + at] = p * cosines[angle] - q * sines[angle];
			out[params.out_base / 4u + at + params.half_dim] = q * cosines[angle] + p * sines[angle];
		}
	}
}
