// dk and dv of attention.wgsl in training, where key j is token j. A thread walks the queries of KEYS keys of one key head, in
// all heads that share it, so no two threads add to the same element. Key j is seen by the queries j … q_end[j] - 1 within
// the window.
@group(0) @binding(5) var<storage, read> dout: array<f32>; // as q
@group(0) @binding(6) var<storage, read> q_end: array<u32>; // [T]
@group(0) @binding(7) var<storage, read> statistics: array<f32>; // [T, heads, 2]: log-sum-exp, delta
@group(0) @binding(8) var<storage, read_write> dk: array<f32>; // as k
@group(0) @binding(9) var<storage, read_write> dv: array<f32>; // as k

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
	let live = live_rows(params.tokens, LIVE_TOKENS, 0u);
	let j0 = id.x * KEYS;
	let kv_head = id.y;
	if (j0 >= live) {
		return;
	}
	let dim = params.head_dim;
	let q_width = params.heads * dim;
	let kv_width = params.heads / params.group * dim;

	// Keys past the live ones repeat the last key and store the same result.
	var position: array<u32, KEYS>; // registers
	var key: array<u32, KEYS>; // registers
	var until: array<u32, KEYS>; // registers
	var end = 0u;
	for (var j = 0u; j < KEYS; j++) { // unrolled
		position[j] = min(j0 + j, live - 1u);
		until[j] = min(min(q_end[position[j]], live), position[j] + min(params.window, live));
		end = max(end, until[j]);
		key[j] = position[j] * kv_width + kv_head * dim;
	}

	for (var head = kv_head * params.group; head < (kv_head + 1u) * params.group; head++) {
		for (var t0 = j0; t0 < end; t0 += QUERIES) {
			let fresh = head == kv_head * params.group && t0 == j0;
			var query: array<u32, QUERIES>; // registers
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				query[i] = min(t0 + i, live - 1u) * q_width + head * dim;
			}
			tile_products();
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				let row = min(t0 + i, live - 1u) * params.heads + head;
				let lse = statistics[2u * row];
				let delta = statistics[2u * row + 1u];
				for (var j = 0u; j < KEYS; j++) { // unrolled
					s[i * KEYS + j] = select(0.0, exp(s[i * KEYS + j] * params.scale - lse), (t0 + i >= position[j]) & (t0 + i < until[j]));
					dp[i * KEYS + j] = select(0.0, s[i * KEYS + j] * (dp[i * KEYS + j] - delta) * params.scale, (t0 + i >= position[j]) & (t0 + i < until[j]));
				}
			}
			for (var d = 0u; d < dim; d++) {
				var x: array<f32, QUERIES>; // registers
				var dx: array<f32, QUERIES>; // registers
				for (var i = 0u; i < QUERIES; i++) { // unrolled
					x[i] = q[query[i] + d];
					dx[i] = dout[query[i] + d];
				}
				var y: array<f32, KEYS>; // registers
				var z: array<f32, KEYS>; // registers
				for (var j = 0u; j < KEYS; j++) { // unrolled
					y[j] = select(dk[key[j] + d], 0.0, fresh);
					z[j] = select(dv[key[j] + d], 0.0, fresh);
				}
				for (var j = 0u; j < KEYS; j++) { // unrolled
					for (var i = 0u; i < QUERIES; i++) { // unrolled
						y[j] = fma(dp[i * KEYS + j], x[i], y[j]);
						z[j] = fma(s[i * KEYS + j], dx[i], z[j]);
					}
					dk[key[j] + d] = y[j];
					dv[key[j] + d] = z[j];
				}
			}
		}
	}
}
