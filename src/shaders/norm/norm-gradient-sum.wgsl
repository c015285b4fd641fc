// The gradient that reaches a residual stream through a norm, added to the stream's own: out = stream + dx, dx as in
// norm-gradient.wgsl, where dout is the sum of up to TERMS products and their low-rank terms. A workgroup computes four rows, a
// thread keeps its columns of them; out contains weight · dout until the sums over the rows are known.
// x, stream, out, and each product at d…_base: [rows, width]; weight: [width]
struct Params {
	rows: u32,
	width: u32, // in vec4s, as rank…
	eps: f32,
	live_axis: u32,
	live_offset: u32,
	once: u32, // 1: loop bounds contain it, so that compilers do not unroll the loops, which takes software adapters minutes
	d0_base: u32, // …_base: in numbers
	u0_base: u32,
	m0_base: u32,
	rank0: u32, // 0: no low-rank term
	scale0: f32,
	adapter0: u32,
	d1_base: u32,
	u1_base: u32,
	m1_base: u32,
	rank1: u32,
	scale1: f32,
	adapter1: u32,
	d2_base: u32,
	u2_base: u32,
	m2_base: u32,
	rank2: u32,
	scale2: f32,
	adapter2: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> stream: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> d: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> low_u: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> low_m: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
	let live = live_rows(params.rows, params.live_axis, params.live_offset);
	let row = 4u * (group.y * groups.x + group.x);
	if (row >= live) {
		return;
	}
	let rows = four_rows(row, live);
	let count = min(4u, live - row);
	let width = params.width;
	let factor0 = low_factor(params.scale0, params.adapter0);
	let factor1 = low_factor(params.scale1, params.adapter1);
	let factor2 = low_factor(params.scale2, params.adapter2);
	var first = vec4(0.0); // Σ x² (centered: Σ x)
	var second = vec4(0.0); // Σ g · x (centered: Σ g)
	for (var c = thread; c < width; c += WORKGROUP) {
		var g = product(params.d0_base / 4u, rows, c) + low_rank(rows, c, params.u0_base / 4u, params.m0_base / 4u, params.rank0, width, factor0);
		if (TERMS > 1u) {
			g += product(params.d1_base / 4u, rows, c) + low_rank(rows, c, params.u1_base / 4u, params.m1_base / 4u, params.rank1, width, factor1);
		}
		if (TERMS > 2u) {
			g += product(params.d2_base / 4u, rows, c) + low_rank(rows, c, params.u2_base / 4u, params.m2_base / 4u, params.rank2, width, factor2);
		}
		let factors = select(weight[c], 1.0 + weight[c], ONE_PLUS);
		g = mat4x4<f32>(g[0] * factors, g[1] * factors, g[2] * factors, g[3] * factors);
		for (var i = 0u; i < 4u; i++) { // unrolled
			if (i < count) {
				out[(row + i) * width + c] = g[i];
			}
		}
		let values = mat4x4<f32>(x[rows.x * width + c], x[rows.y * width + c], x[rows.z * width + c], x[rows.w * width + c]);
		if (CENTERED) {
			first += row_sums(values);
			second += row_sums(g);
		} else {
			first += row_products(values, values);
			second += row_products(g, values);
		}
	}
	let numbers = 4.0 * f32(width);
	var mean = vec4(0.0);
	var mean_g = vec4(0.0);
	var squares = four_sums(thread, first) / numbers;
	var products = four_sums(thread, second) / numbers;
	if (CENTERED) {
		mean = squares;
		mean_g = products;
		first = vec4(0.0);
		second = vec4(0.0);
		for (var c = thread; c < width; c += WORKGROUP) {
			for (var i = 0u; i < 4u; i++) { // unrolled
				if (i < count) {
					let centered = x[(row + i) * width + c] - mean[i];
					first[i] += dot(centered, centered);
					second[i] += dot(centered, out[(row + i) * width + c]);
				}
			}
		}
		squares = four_sums(thread, first) / numbers;
		products = four_sums(thread, second) / numbers;
	}
	let inverse = inverseSqrt(squares + params.eps);
	let mean_gn = products * inverse;
	for (var c = thread; c < width; c += WORKGROUP) {
		for (var i = 0u; i < 4u; i++) { // unrolled
			if (i < count) {
				let at = (row + i) * width + c;
				let n = (x[at] - mean[i]) * inverse[i];
				out[at] = stream[at] + inverse[i] * (out[at] - mean_g[i] - n * mean_gn[i]);
			}
		}
	}
}

fn product(first: u32, rows: vec4<u32>, c: u32) -> mat4x4<f32> {
	let at = first + rows * params.width + c;
	return mat4x4<f32>(d[at.x], d[at.y], d[at.z], d[at.w]);
}
