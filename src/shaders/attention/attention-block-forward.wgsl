// Causal attention with grouped heads, as FlashAttention (arXiv 2205.14135): a workgroup owns QUERIES queries of one head and
// walks their keys in blocks with an online softmax, so the score matrix is never in memory. A thread computes the scores of
// four queries (the components of a vec4) and THREAD_KEYS keys, then four rows of some columns of the output. Query t sees the
// keys kv_start[t] … kv_last[t], at most `window` of them; blocks that no query of the workgroup sees are skipped.
@group(0) @binding(5) var<storage, read> kv_start: array<u32>; // [T]
@group(0) @binding(6) var<storage, read> kv_last: array<u32>; // [T]
@group(0) @binding(7) var<storage, read_write> out: array<vec4f>; // as q
@group(0) @binding(8) var<storage, read_write> lse: array<f32>; // [T, heads]

const LANES = KEYS / THREAD_KEYS; // threads that share four queries
const THREAD_COLUMNS = (SLICE + LANES - 1u) / LANES;
var<workgroup> rows: array<vec4f, QUERIES * STRIDE>; // of q
var<workgroup> tile: array<vec4f, KEYS * STRIDE>; // of k, then of v
var<workgroup> probability: array<vec4f, KEYS * QUERY_GROUPS>; // [key, query / 4]
var<workgroup> partial: array<vec4f, LANES * QUERY_GROUPS>; // largest score, then sum, of each thread

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
	queries();
	var most = vec4f(LOWEST);
	var total = vec4f(); // of this thread's keys
	var sum: array<vec4f, 4 * THREAD_COLUMNS * SLICES>; // registers
	for (var n = 0u; n < 4 * THREAD_COLUMNS * SLICES; n++) { // unrolled
		sum[n] = vec4f();
	}
	for (var j0 = begin; j0 < end; j0 += KEYS) {
		var s: array<vec4f, THREAD_KEYS>; // registers
		for (var j = 0u; j < THREAD_KEYS; j++) { // unrolled
			s[j] = vec4f();
		}
		for (var slice = 0u; slice < SLICES; slice++) {
			workgroupBarrier();
			if (SLICES > 1u || j0 == begin) {
				stage_queries(t0, live, head, slice, thread);
			}
			stage_keys(j0, end, kv_heads, kv_head, slice, thread);
			workgroupBarrier();
			for (var c = 0u; c < SLICE * params.once; c++) {
				let x0 = rows[row * STRIDE + c];
				let x1 = rows[(row + 1u) * STRIDE + c];
				let x2 = rows[(row + 2u) * STRIDE + c];
				let x3 = rows[(row + 3u) * STRIDE + c];
				for (var j = 0u; j < THREAD_KEYS; j++) { // unrolled
					let y = tile[(lane + j * LANES) * STRIDE + c];
					s[j] = fma(vec4f(x0.x, x1.x, x2.x, x3.x), vec4f(y.x), s[j]);
					s[j] = fma(vec4f(x0.y, x1.y, x2.y, x3.y), vec4f(y.y), s[j]);
					s[j] = fma(vec4f(x0.z, x1.z, x2.z, x3.z), vec4f(y.z), s[j]);
					s[j] = fma(vec4f(x0.w, x1.w, x2.w, x3.w), vec4f(y.w), s[j]);
				}
			}
		}
		var highest = vec4f(LOWEST);
		for (var j = 0u; j < THREAD_KEYS; j++) { // unrolled
			s[j] = select(vec4f(LOWEST), s[j] * params.scale, (vec4u(j0 + lane + j * LANES) >= first) & (vec4u(j0 + lane + j * LANES) <= last));
			highest = max(highest, s[j]);
		}
		partial[lane * QUERY_GROUPS + row / 4u] = highest;
		workgroupBarrier();
		let before = most;
		for (var n = 0u; n < LANES * params.once; n++) {
			most = max(most, partial[n * QUERY_GROUPS + row / 4u]);
		}
		let shrink = select(exp(before - most), vec4f(), before == vec4f(LOWEST));
		total *= shrink;
		for (var j = 0u; j < THREAD_KEYS; j++) { // unrolled
			s[j] = select(exp(s[j] - most), vec4f(), s[j] == vec4f(LOWEST));
			total += s[j];
			probability[(lane + j * LANES) * QUERY_GROUPS + row / 4u] = s[j];
		}
		for (var n = 0u; n < THREAD_COLUMNS * SLICES; n++) { // unrolled
			sum[4 * n] *= shrink.x;
			sum[4 * n + 1] *= shrink.y;
			sum[4 * n + 2] *= shrink.z;
			sum[4 * n + 3] *= shrink.w;
		}
		for (var slice = 0u; slice < SLICES; slice++) { // unrolled
			workgroupBarrier();
			stage_values(j0, end, kv_heads, kv_head, slice, thread);
			workgroupBarrier();
			for (var key = 0u; key < KEYS * params.once; key++) {
				let p = probability[key * QUERY_GROUPS + row / 4u];
				for (var n = 0u; n < THREAD_COLUMNS; n++) { // unrolled
					let y = tile[key * STRIDE + min(lane + n * LANES, SLICE - 1u)];
					sum[4 * (slice * THREAD_COLUMNS + n)] = fma(vec4f(p.x), y, sum[4 * (slice * THREAD_COLUMNS + n)]);
					sum[4 * (slice * THREAD_COLUMNS + n) + 1] = fma(vec4f(p.y), y, sum[4 * (slice * THREAD_COLUMNS + n) + 1]);
					sum[4 * (slice * THREAD_COLUMNS + n) + 2] = fma(vec4f(p.z), y, sum[4 * (slice * THREAD_COLUMNS + n) + 2]);
					sum[4 * (slice * THREAD_COLUMNS + n) + 3] = fma(vec4f(p.w), y, sum[4 * (slice * THREAD_COLUMNS + n) + 3]);
				}
			}
		}
	}

	workgroupBarrier();
	partial[lane * QUERY_GROUPS + row / 4u] = total;
	workgroupBarrier();
	total = vec4f();
	for (var n = 0u; n < LANES * params.once; n++) {
		total += partial[n * QUERY_GROUPS + row / 4u];
	}
	for (var i = 0u; i < 4u; i++) { // unrolled
		if (t0 + row + i < live) {
			let at = (t0 + row + i) * params.heads + head;
			if (lane == 0u) {
				lse[at] = most[i] + log(total[i]);
			}
			for (var slice = 0u; slice < SLICES; slice++) { // unrolled
				for (var n = 0u; n < THREAD_COLUMNS; n++) { // unrolled
					if (has_column(slice, lane + n * LANES)) {
						out[at * COLUMNS + slice * SLICE + lane + n * LANES] = sum[4 * (slice * THREAD_COLUMNS + n) + i] / total[i];
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
	}
}

fn stage_keys(j0: u32, end: u32, kv_heads: u32, kv_head: u32, slice: u32, thread: u32) {
	for (var i = thread; i < KEYS * SLICE * params.once; i += THREADS) {
		let at = stored(i, j0, end, kv_heads, kv_head, slice);
		tile[staged(i)] = in_head(i, slice, k[at]);
	}
}

fn stage_values(j0: u32, end: u32, kv_heads: u32, kv_head: u32, slice: u32, thread: u32) {
	for (var i = thread; i < KEYS * SLICE * params.once; i += THREADS) {
		let at = stored(i, j0, end, kv_heads, kv_head, slice);
		tile[staged(i)] = in_head(i, slice, v[at]);
	}
}
