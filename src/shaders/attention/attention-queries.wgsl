// The queries of one thread. kernels/attention.ts puts these lines in place of `queries();`.
// query: offset of each query's row in q; first … last: the keys that it sees, all of them in begin … end - 1.
// Queries past the live ones repeat the last one and store the same result: a branch would take longer to compile.
	let live = live_rows(params.tokens, LIVE_TOKENS, 0u);
	let t0 = id.x * QUERIES;
	let head = id.y;
	if (t0 >= live) {
		return;
	}
	let dim = params.head_dim;
	let q_width = params.heads * dim;
	let kv_width = params.heads / params.group * dim;
	let kv_at = head / params.group * dim;
	var query: array<u32, QUERIES>; // registers
	var first: array<u32, QUERIES>; // registers
	var last: array<u32, QUERIES>; // registers
	var begin = 0xffffffffu;
	var end = 0u;
	for (var i = 0u; i < QUERIES; i++) { // unrolled
		query[i] = min(t0 + i, live - 1u);
		last[i] = kv_last[query[i]];
		first[i] = max(kv_start[query[i]], last[i] + 1u - min(last[i] + 1u, params.window));
		begin = min(begin, first[i]);
		end = max(end, last[i] + 1u);
		query[i] = query[i] * q_width + head * dim;
	}
