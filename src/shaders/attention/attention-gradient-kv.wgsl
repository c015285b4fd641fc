// dk and dv of attention.wgsl, for training (key j is token j): a thread walks the queries of KEYS keys of one key head, in all heads
// that share it, so that no two threads add into the same place. Key j is seen by queries j … q_end[j] - 1 within the window.
struct Params {
	tokens: u32,
	heads: u32,
	group: u32,
	head_dim: u32,
	scale: f32,
	window: u32, // keys that a query looks back over, itself among them
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> q: array<f32>; // [T, heads * head_dim]
@group(0) @binding(3) var<storage, read> k: array<f32>; // [T, heads / group * head_dim]
@group(0) @binding(4) var<storage, read> v: array<f32>; // as k
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

	// Keys past the live ones repeat the last, and store what it stores.
	var key: array<u32, KEYS>; // registers
	var at: array<u32, KEYS>; // registers
	var until: array<u32, KEYS>; // registers
	var end = 0u;
	for (var j = 0u; j < KEYS; j++) { // unrolled
		key[j] = min(j0 + j, live - 1u);
		until[j] = min(min(q_end[key[j]], live), key[j] + min(params.window, live));
		end = max(end, until[j]);
		at[j] = key[j] * kv_width + kv_head * dim;
	}

	for (var head = kv_head * params.group; head < (kv_head + 1u) * params.group; head++) {
		for (var t0 = j0; t0 < end; t0 += QUERIES) {
			let fresh = head == kv_head * params.group && t0 == j0;
			var s: array<f32, QUERIES * KEYS>; // registers
			var dp: array<f32, QUERIES * KEYS>; // registers
			var query: array<u32, QUERIES>; // registers
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				query[i] = min(t0 + i, live - 1u) * q_width + head * dim;
			}
			for (var n = 0u; n < QUERIES * KEYS; n++) { // unrolled
				s[n] = 0.0;
				dp[n] = 0.0;
			}
			for (var d = 0u; d < dim; d++) {
				var x: array<f32, QUERIES>; // registers
				var y: array<f32, KEYS>; // registers
				var dx: array<f32, QUERIES>; // registers
				var z: array<f32, KEYS>; // registers
				for (var i = 0u; i < QUERIES; i++) { // unrolled
					x[i] = q[query[i] + d];
					dx[i] = dout[query[i] + d];
				}
				for (var j = 0u; j < KEYS; j++) { // unrolled
					y[j] = k[at[j] + d];
					z[j] = v[at[j] + d];
				}
				for (var i = 0u; i < QUERIES; i++) { // unrolled
					for (var j = 0u; j < KEYS; j++) { // unrolled
						s[i * KEYS + j] = fma(x[i], y[j], s[i * KEYS + j]);
						dp[i * KEYS + j] = fma(dx[i], z[j], dp[i * KEYS + j]);
					}
				}
			}
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				let row = min(t0 + i, live - 1u) * params.heads + head;
				let lse = statistics[2u * row];
				let delta = statistics[2u * row + 1u];
				for (var j = 0u; j < KEYS; j++) { // unrolled
					s[i * KEYS + j] = select(0.0, exp(s[i * KEYS + j] * params.scale - lse), (t0 + i >= key[j]) & (t0 + i < until[j]));
					dp[i * KEYS + j] = select(0.0, s[i * KEYS + j] * (dp[i * KEYS + j] - delta) * params.scale, (t0 + i >= key[j]) & (t0 + i < until[j]));
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
					y[j] = select(dk[at[j] + d], 0.0, fresh);
					z[j] = select(dv[at[j] + d], 0.0, fresh);
				}
				for (var j = 0u; j < KEYS; j++) { // unrolled
					for (var i = 0u; i < QUERIES; i++) { // unrolled
						y[j] = fma(dp[i * KEYS + j], x[i], y[j]);
						z[j] = fma(s[i * KEYS + j], dx[i], z[j]);
					}
					dk[at[j] + d] = y[j];
					dv[at[j] + d] = z[j];
				}
			}
		}
	}
}
