// dq of attention-block-forward.wgsl: p is recomputed from the log-sum-exp, ds = p · (dout · v - delta), dq = scale · Σ ds · k.
// A workgroup owns QUERIES queries of one head; a thread computes ds of four queries and THREAD_KEYS keys, then four rows of some
// columns of dq.
@group(0) @binding(5) var<storage, read> dout: array<vec4f>; // as q
@group(0) @binding(6) var<storage, read> kv_start: array<u32>; // [T]
@group(0) @binding(7) var<storage, read> kv_last: array<u32>; // [T]
@group(0) @binding(8) var<storage, read> statistics: array<vec2f>; // [T, heads]: log-sum-exp, delta
@group(0) @binding(9) var<storage, read_write> dq: array<vec4f>; // as q

const LANES = KEYS / THREAD_KEYS; // threads that share four queries
const THREAD_COLUMNS = (SLICE + LANES - 1u) / LANES;
var<workgroup> rows: array<vec4f, QUERIES * STRIDE>; // of q
var<workgroup> gradient_rows: array<vec4f, QUERIES * STRIDE>; // of dout
var<workgroup> tile: array<vec4f, KEYS * STRIDE>; // of k
var<workgroup> value_tile: array<vec4f, KEYS * STRIDE>; // of v
var<workgroup> score_gradient: array<vec4f, KEYS * QUERY_GROUPS>; // [key, query / 4]

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
	queries();
	let a = statistics[t.x * params.heads + head];
	let b = statistics[t.y * params.heads + head];
	let c = statistics[t.z * params.heads + head];
	let d = statistics[t.w * params.heads + head];
	let lse = vec4f(a.x, b.x, c.x, d.x);
	let delta = vec4f(a.y, b.y, c.y, d.y);

	var sum: array<vec4f, 4 * THREAD_COLUMNS * SLICES>; // registers
	for (var n = 0u; n < 4 * THREAD_COLUMNS * SLICES; n++) { // unrolled
		sum[n] = vec4f();
	}
	for (var j0 = begin; j0 < end; j0 += KEYS) {
		var s: array<vec4f, THREAD_KEYS>; // registers
		var dp: array<vec4f, THREAD_KEYS>; // registers
		for (var j = 0u; j < THREAD_KEYS; j++) { // unrolled
			s[j] = vec4f();
			dp[j] = vec4f();
		}
		for (var slice = 0u; slice < SLICES; slice++) {
			workgroupBarrier();
			if (SLICES > 1u || j0 == begin) {
				stage_queries(t0, live, head, slice, thread);
			}
			stage_keys(j0, end, kv_heads, kv_head, slice, thread, true);
			workgroupBarrier();
			for (var column = 0u; column < SLICE * params.once; column++) {
				let x0 = rows[row * STRIDE + column];
				let x1 = rows[(row + 1u) * STRIDE + column];
				let x2 = rows[(row + 2u) * STRIDE + column];
				let x3 = rows[(row + 3u) * STRIDE + column];
				let g0 = gradient_rows[row * STRIDE + column];
				let g1 = gradient_rows[(row + 1u) * STRIDE + column];
				let g2 = gradient_rows[(row + 2u) * STRIDE + column];
				let g3 = gradient_rows[(row + 3u) * STRIDE + column];
				for (var j = 0u; j < THREAD_KEYS; j++) { // unrolled
					let y = tile[(lane + j * LANES) * STRIDE + column];
					let z = value_tile[(lane + j * LANES) * STRIDE + column];
					s[j] = fma(vec4f(x0.x, x1.x, x2.x, x3.x), vec4f(y.x), s[j]);
					s[j] = fma(vec4f(x0.y, x1.y, x2.y, x3.y), vec4f(y.y), s[j]);
					s[j] = fma(vec4f(x0.z, x1.z, x2.z, x3.z), vec4f(y.z), s[j]);
					s[j] = fma(vec4f(x0.w, x1.w, x2.w, x3.w), vec4f(y.w), s[j]);
					dp[j] = fma(vec4f(g0.x, g1.x, g2.x, g3.x), vec4f(z.x), dp[j]);
					dp[j] = fma(vec4f(g0.y, g1.y, g2.y, g3.y), vec4f(z.y), dp[j]);
					dp[j] = fma(vec4f(g0.z, g1.z, g2.z, g3.z), vec4f(z.z), dp[j]);
					dp[j] = fma(vec4f(g0.w, g1.w, g2.w, g3.w), vec4f(z.w), dp[j]);
				}
			}
		}
		for (var j = 0u; j < THREAD_KEYS; j++) { // unrolled
			let key = vec4u(j0 + lane + j * LANES);
			let ds = exp(s[j] * params.scale - lse) * (dp[j] - delta) * params.scale;
			score_gradient[(lane + j * LANES) * QUERY_GROUPS + row / 4u] = select(vec4f(), ds, (key >= first) & (key <= last));
		}
		for (var slice = 0u; slice < SLICES; slice++) { // unrolled
			if (SLICES > 1u) {
				workgroupBarrier();
				stage_keys(j0, end, kv_heads, kv_head, slice, thread, false);
			}
			workgroupBarrier();
			for (var key = 0u; key < KEYS * params.once; key++) {
				let ds = score_gradient[key * QUERY_GROUPS + row / 4u];
				for (var n = 0u; n < THREAD_COLUMNS; n++) { // unrolled
					let y = tile[key * STRIDE + min(lane + n * LANES, SLICE - 1u)];
					sum[4 * (slice * THREAD_COLUMNS + n)] = fma(vec4f(ds.x), y, sum[4 * (slice * THREAD_COLUMNS + n)]);
					sum[4 * (slice * THREAD_COLUMNS + n) + 1] = fma(vec4f(ds.y), y, sum[4 * (slice * THREAD_COLUMNS + n) + 1]);
					sum[4 * (slice * THREAD_COLUMNS + n) + 2] = fma(vec4f(ds.z), y, sum[4 * (slice * THREAD_COLUMNS + n) + 2]);
					sum[4 * (slice * THREAD_COLUMNS + n) + 3] = fma(vec4f(ds.w), y, sum[4 * (slice * THREAD_COLUMNS + n) + 3]);
				}
			}
		}
	}

	for (var i = 0u; i < 4u; i++) { // unrolled
		if (t0 + row + i < live) {
			let at = ((t0 + row + i) * params.heads + head) * COLUMNS;
			for (var slice = 0u; slice < SLICES; slice++) { // unrolled
				for (var n = 0u; n < THREAD_COLUMNS; n++) { // unrolled
					if (has_column(slice, lane + n * LANES)) {
						dq[at + slice * SLICE + lane + n * LANES] = sum[4 * (slice * THREAD_COLUMNS + n) + i];
					}
				}
			}
		}
	}
}

fn stage_queries(t0: u32, live: u32, head: u32, slice: u32, thread: u32) {
	for (var i = thread; i < QUERIES * SLICE * params.once; i += THREADS) {
		let at = stored(i, t0, live, params.heads, head, slice);
		rows[staged(i)] = in_head(i, slice, q[at]);
		gradient_rows[staged(i)] = in_head(i, slice, dout[at]);
	}
}

fn stage_keys(j0: u32, end: u32, kv_heads: u32, kv_head: u32, slice: u32, thread: u32, values: bool) {
	for (var i = thread; i < KEYS * SLICE * params.once; i += THREADS) {
		let at = stored(i, j0, end, kv_heads, kv_head, slice);
		tile[staged(i)] = in_head(i, slice, k[at]);
		if (values) {
			value_tile[staged(i)] = in_head(i, slice, v[at]);
		}
	}
}
