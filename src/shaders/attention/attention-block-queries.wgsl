// The queries of a workgroup and of a thread. kernels/attention-block.ts puts these lines in place of `queries();`.
// begin … end - 1: the keys that any query of the workgroup sees; first … last: those of the thread's four queries.
// Queries past the live ones repeat the last one; their results are not stored.
	let live = live_rows(params.tokens, LIVE_TOKENS, 0u);
	let t0 = workgroup.x * QUERIES;
	let head = workgroup.y;
	if (t0 >= live) {
		return;
	}
	let kv_heads = params.heads / params.group;
	let kv_head = head / params.group;
	let lane = thread % LANES;
	let row = 4u * (thread / LANES);
	var begin = 0xffffffffu;
	var end = 0u;
	for (var i = 0u; i < QUERIES * params.once; i++) {
		let t = min(t0 + i, live - 1u);
		let last = kv_last[t];
		begin = min(begin, max(kv_start[t], last + 1u - min(last + 1u, params.window)));
		end = max(end, last + 1u);
	}
	let t = min(vec4u(t0 + row) + vec4u(0u, 1u, 2u, 3u), vec4u(live - 1u));
	let last = vec4u(kv_last[t.x], kv_last[t.y], kv_last[t.z], kv_last[t.w]);
	let start = vec4u(kv_start[t.x], kv_start[t.y], kv_start[t.z], kv_start[t.w]);
	let first = max(start, last + 1u - min(last + 1u, vec4u(params.window)));
