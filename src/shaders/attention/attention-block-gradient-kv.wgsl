// dk and dv of attention-block-forward.wgsl in training, where key j is token j. A workgroup owns KEYS keys of one key head and
// walks the queries that see them in all heads that share it, so no two workgroups add to the same element. A thread computes p
// and ds of four keys (the components of a vec4) and THREAD_QUERIES queries; then one half of the threads sums dk = Σ ds · q, the
// other dv = Σ p · dout. Key j is seen by the queries j … q_end[j] - 1 within the window.
@group(0) @binding(5) var<storage, read> dout: array<vec4f>; // as q
@group(0) @binding(6) var<storage, read> q_end: array<u32>; // [T]
@group(0) @binding(7) var<storage, read> statistics: array<vec2f>; // [T, heads]: log-sum-exp, delta
@group(0) @binding(8) var<storage, read_write> dk: array<vec4f>; // as k
@group(0) @binding(9) var<storage, read_write> dv: array<vec4f>; // as k

const QUERY_LANES = QUERIES / THREAD_QUERIES; // threads that share four keys
const LANES = THREADS / 2u / KEY_GROUPS; // threads that share four rows of dk or of dv
const THREAD_COLUMNS = (SLICE + LANES - 1u) / LANES;
const ROWS = QUERIES * STRIDE;
const PAIRS = QUERIES * KEY_GROUPS;
var<workgroup> rows: array<vec4f, 2u * ROWS>; // of q, then of dout
var<workgroup> tile: array<vec4f, KEYS * STRIDE>; // of k
var<workgroup> value_tile: array<vec4f, KEYS * STRIDE>; // of v
var<workgroup> weights: array<vec4f, 2u * PAIRS>; // ds, then p: [query, key / 4]

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
	let live = live_rows(params.tokens, LIVE_TOKENS, 0u);
	let j0 = workgroup.x * KEYS;
	let kv_head = workgroup.y;
	if (j0 >= live) {
		return;
	}
	let kv_heads = params.heads / params.group;
	var end = 0u;
	for (var j = 0u; j < KEYS * params.once; j++) {
		let key = min(j0 + j, live - 1u);
		end = max(end, min(min(q_end[key], live), key + min(params.window, live)));
	}
	let key_group = thread % KEY_GROUPS;
	let query_lane = thread / KEY_GROUPS;
	let key = vec4u(j0 + 4u * key_group) + vec4u(0u, 1u, 2u, 3u);
	let safe = min(key, vec4u(live - 1u));
	let until = min(min(vec4u(q_end[safe.x], q_end[safe.y], q_end[safe.z], q_end[safe.w]), vec4u(live)), safe + vec4u(min(params.window, live)));
	// The second half of the kernel: 0 for dk, 1 for dv.
	let half = thread / (THREADS / 2u);
	let lane = thread % LANES;
	let key_row = thread / LANES % KEY_GROUPS;

	var sum: array<vec4f, 4 * THREAD_COLUMNS * SLICES>; // registers
	for (var n = 0u; n < 4 * THREAD_COLUMNS * SLICES; n++) { // unrolled
		sum[n] = vec4f();
	}
	for (var head = kv_head * params.group; head < (kv_head + 1u) * params.group; head++) {
		for (var t0 = j0; t0 < end; t0 += QUERIES) {
			var s: array<vec4f, THREAD_QUERIES>; // registers
			var dp: array<vec4f, THREAD_QUERIES>; // registers
			for (var i = 0u; i < THREAD_QUERIES; i++) { // unrolled
				s[i] = vec4f();
				dp[i] = vec4f();
			}
			for (var slice = 0u; slice < SLICES; slice++) {
				workgroupBarrier();
				if (SLICES > 1u || (t0 == j0 && head == kv_head * params.group)) {
					stage_keys(j0, live, kv_heads, kv_head, slice, thread);
				}
				stage_queries(t0, live, head, slice, thread);
				workgroupBarrier();
				for (var c = 0u; c < SLICE * params.once; c++) {
					let y0 = tile[4u * key_group * STRIDE + c];
					let y1 = tile[(4u * key_group + 1u) * STRIDE + c];
					let y2 = tile[(4u * key_group + 2u) * STRIDE + c];
					let y3 = tile[(4u * key_group + 3u) * STRIDE + c];
					let z0 = value_tile[4u * key_group * STRIDE + c];
					let z1 = value_tile[(4u * key_group + 1u) * STRIDE + c];
					let z2 = value_tile[(4u * key_group + 2u) * STRIDE + c];
					let z3 = value_tile[(4u * key_group + 3u) * STRIDE + c];
					for (var i = 0u; i < THREAD_QUERIES; i++) { // unrolled
						let x = rows[(query_lane + i * QUERY_LANES) * STRIDE + c];
						let g = rows[ROWS + (query_lane + i * QUERY_LANES) * STRIDE + c];
						s[i] = fma(vec4f(y0.x, y1.x, y2.x, y3.x), vec4f(x.x), s[i]);
						s[i] = fma(vec4f(y0.y, y1.y, y2.y, y3.y), vec4f(x.y), s[i]);
						s[i] = fma(vec4f(y0.z, y1.z, y2.z, y3.z), vec4f(x.z), s[i]);
						s[i] = fma(vec4f(y0.w, y1.w, y2.w, y3.w), vec4f(x.w), s[i]);
						dp[i] = fma(vec4f(z0.x, z1.x, z2.x, z3.x), vec4f(g.x), dp[i]);
						dp[i] = fma(vec4f(z0.y, z1.y, z2.y, z3.y), vec4f(g.y), dp[i]);
						dp[i] = fma(vec4f(z0.z, z1.z, z2.z, z3.z), vec4f(g.z), dp[i]);
						dp[i] = fma(vec4f(z0.w, z1.w, z2.w, z3.w), vec4f(g.w), dp[i]);
					}
				}
			}
			for (var i = 0u; i < THREAD_QUERIES; i++) { // unrolled
				let query = query_lane + i * QUERY_LANES;
				let known = statistics[min(t0 + query, live - 1u) * params.heads + head];
				let seen = (vec4u(t0 + query) >= key) & (vec4u(t0 + query) < until);
				let p = select(vec4f(), exp(s[i] * params.scale - known.x), seen);
				weights[query * KEY_GROUPS + key_group] = select(vec4f(), p * (dp[i] - known.y) * params.scale, seen);
				weights[PAIRS + query * KEY_GROUPS + key_group] = p;
			}
			for (var slice = 0u; slice < SLICES; slice++) { // unrolled
				if (SLICES > 1u) {
					workgroupBarrier();
					stage_queries(t0, live, head, slice, thread);
				}
				workgroupBarrier();
				for (var query = 0u; query < QUERIES * params.once; query++) {
					let w = weights[half * PAIRS + query * KEY_GROUPS + key_row];
					for (var n = 0u; n < THREAD_COLUMNS; n++) { // unrolled
						let x = rows[half * ROWS + query * STRIDE + min(lane + n * LANES, SLICE - 1u)];
						sum[4 * (slice * THREAD_COLUMNS + n)] = fma(vec4f(w.x), x, sum[4 * (slice * THREAD_COLUMNS + n)]);
						sum[4 * (slice * THREAD_COLUMNS + n) + 1] = fma(vec4f(w.y), x, sum[4 * (slice * THREAD_COLUMNS + n) + 1]);
						sum[4 * (slice * THREAD_COLUMNS + n) + 2] = fma(vec4f(w.z), x, sum[4 * (slice * THREAD_COLUMNS + n) + 2]);
						sum[4 * (slice * THREAD_COLUMNS + n) + 3] = fma(vec4f(w.w), x, sum[4 * (slice * THREAD_COLUMNS + n) + 3]);
					}
				}
			}
		}
	}

	for (var i = 0u; i < 4u; i++) { // unrolled
		let position = j0 + 4u * key_row + i;
		if (position < live) {
			let at = (position * kv_heads + kv_head) * COLUMNS;
			for (var slice = 0u; slice < SLICES; slice++) { // unrolled
				for (var n = 0u; n < THREAD_COLUMNS; n++) { // unrolled
					if (has_column(slice, lane + n * LANES)) {
						if (half == 0u) {
							dk[at + slice * SLICE + lane + n * LANES] = sum[4 * (slice * THREAD_COLUMNS + n) + i];
						} else {
							dv[at + slice * SLICE + lane + n * LANES] = sum[4 * (slice * THREAD_COLUMNS + n) + i];
						}
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
		rows[ROWS + staged(i)] = in_head(i, slice, dout[at]);
	}
}

fn stage_keys(j0: u32, live: u32, kv_heads: u32, kv_head: u32, slice: u32, thread: u32) {
	for (var i = thread; i < KEYS * SLICE * params.once; i += THREADS) {
		let at = stored(i, j0, live, kv_heads, kv_head, slice);
		tile[staged(i)] = in_head(i, slice, k[at]);
		value_tile[staged(i)] = in_head(i, slice, v[at]);
	}
}
