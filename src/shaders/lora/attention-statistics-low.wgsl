// attention-statistics.wgsl after the low-rank term of dout, which is stored with it. A workgroup computes four rows of as many
// heads as it has threads for, a thread one vec4 of columns. dout, out: [rows, heads * head_dim]; statistics: [rows, heads]
struct Params {
	rows: u32,
	heads: u32,
	head_dim: u32, // in vec4s, as rank0
	live_axis: u32,
	live_offset: u32,
	once: u32, // 1: loop bounds contain it, so that compilers do not unroll the loops
	rank0: u32,
	scale0: f32,
	adapter0: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> out: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> lse: array<f32>; // [rows, heads]
@group(0) @binding(4) var<storage, read> low_u: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> low_m: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> dout: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> statistics: array<vec2<f32>>; // log-sum-exp, delta

var<workgroup> products: array<vec4<f32>, WORKGROUP>; // of the four rows

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
	let live = live_rows(params.rows, params.live_axis, params.live_offset);
	let together = WORKGROUP / params.head_dim; // heads
	let blocks = (params.heads + together - 1u) / together;
	let block = group.y * groups.x + group.x;
	let row = 4u * (block / blocks);
	if (row >= live) {
		return;
	}
	let head = block % blocks * together + thread / params.head_dim;
	let width = params.heads * params.head_dim;
	let works = thread < together * params.head_dim && head < params.heads;
	var sums = vec4(0.0);
	if (works) {
		let rows = four_rows(row, live);
		let c = head * params.head_dim + thread % params.head_dim;
		let low = low_rank(rows, c, 0u, 0u, params.rank0, width, low_factor(params.scale0, params.adapter0));
		for (var n = 0u; n < 4u; n++) { // unrolled
			if (row + n < live) {
				let at = (row + n) * width + c;
				let whole = dout[at] + low[n];
				dout[at] = whole;
				sums[n] = dot(whole, out[at]);
			}
		}
	}
	products[thread] = sums;
	workgroupBarrier();
	if (works && thread % params.head_dim < 4u) { // head_dim has four vec4s or more
		let n = thread % params.head_dim;
		if (row + n < live) {
			var sum = 0.0;
			for (var i = 0u; i < params.head_dim; i++) {
				sum += products[thread - n + i][n];
			}
			let at = (row + n) * params.heads + head;
			statistics[at] = vec2(lse[at], sum);
		}
	}
}
