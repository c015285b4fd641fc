// A sublayer's end and the next norm in one walk: y += x + low-rank term, out = norm(y), as norm.wgsl. A workgroup computes four
// rows, a thread keeps its columns of them. x, y, out: [rows, width]; weight, bias: [width]; RMSNorm never reads bias.
struct Params {
	rows: u32,
	width: u32, // in vec4s, as rank
	eps: f32,
	live_axis: u32,
	live_offset: u32,
	once: u32, // 1: loop bounds contain it, so that compilers do not unroll the loops, which takes software adapters minutes
	rank: u32, // 0: no low-rank term
	scale: f32,
	adapter: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> low_u: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> low_m: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4<f32>>;
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
	let factor = low_factor(params.scale, params.adapter);
	var totals = vec4(0.0);
	for (var c = thread; c < width; c += WORKGROUP) {
		let low = low_rank(rows, c, 0u, 0u, params.rank, width, factor);
		let sum = mat4x4<f32>(
			low[0] + x[rows.x * width + c] + y[rows.x * width + c],
			low[1] + x[rows.y * width + c] + y[rows.y * width + c],
			low[2] + x[rows.z * width + c] + y[rows.z * width + c],
			low[3] + x[rows.w * width + c] + y[rows.w * width + c]);
		for (var i = 0u; i < 4u; i++) { // unrolled
			if (i < count) {
				y[(row + i) * width + c] = sum[i];
			}
		}
		totals += select(row_products(sum, sum), row_sums(sum), CENTERED);
	}
	let numbers = 4.0 * f32(width);
	var mean = vec4(0.0);
	var squares = four_sums(thread, totals) / numbers;
	if (CENTERED) { // a second walk keeps all digits of a large mean
		mean = squares;
		totals = vec4(0.0);
		for (var c = thread; c < width; c += WORKGROUP) {
			for (var i = 0u; i < 4u; i++) { // unrolled
				if (i < count) {
					let centered = y[(row + i) * width + c] - mean[i];
					totals[i] += dot(centered, centered);
				}
			}
		}
		squares = four_sums(thread, totals) / numbers;
	}
	let inverse = inverseSqrt(squares + params.eps);
	for (var c = thread; c < width; c += WORKGROUP) {
		let factors = select(weight[c], 1.0 + weight[c], ONE_PLUS);
		for (var i = 0u; i < 4u; i++) { // unrolled
			if (i < count) {
				let scaled = factors * ((y[(row + i) * width + c] - mean[i]) * inverse[i]);
				if (CENTERED) {
					out[(row + i) * width + c] = scaled + bias[c];
				} else {
					out[(row + i) * width + c] = scaled;
				}
			}
		}
	}
}
