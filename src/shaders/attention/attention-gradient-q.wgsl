// dq of attention.wgsl: probabilities come back from the log-sum-exp, ds = p · (dout·v - delta), dq = scale · Σ ds · k.
// A thread walks the keys of QUERIES queries of one head, KEYS at a time.
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
@group(0) @binding(3) var<storage, read> k: array<f32>; // [S, heads / group * head_dim]
@group(0) @binding(4) var<storage, read> v: array<f32>; // as k
@group(0) @binding(5) var<storage, read> dout: array<f32>; // as q
@group(0) @binding(6) var<storage, read> kv_start: array<u32>; // [T]
@group(0) @binding(7) var<storage, read> kv_last: array<u32>; // [T]
@group(0) @binding(8) var<storage, read> statistics: array<f32>; // [T, heads, 2]: log-sum-exp, delta
@group(0) @binding(9) var<storage, read_write> dq: array<f32>; // as q

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
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

	// Queries past the live ones repeat the last, and store what it stores.
	var at: array<u32, QUERIES>; // registers
	var first: array<u32, QUERIES>; // registers
	var last: array<u32, QUERIES>; // registers
	var lse: array<f32, QUERIES>; // registers
	var delta: array<f32, QUERIES>; // registers
	var begin = 0xffffffffu;
	var end = 0u;
	for (var i = 0u; i < QUERIES; i++) { // unrolled
		at[i] = min(t0 + i, live - 1u);
		last[i] = kv_last[at[i]];
		first[i] = max(kv_start[at[i]], last[i] + 1u - min(last[i] + 1u, params.window));
		lse[i] = statistics[2u * (at[i] * params.heads + head)];
		delta[i] = statistics[2u * (at[i] * params.heads + head) + 1u];
		begin = min(begin, first[i]);
		end = max(end, last[i] + 1u);
		at[i] = at[i] * q_width + head * dim;
	}

	for (var j0 = begin; j0 < end; j0 += KEYS) {
		var s: array<f32, QUERIES * KEYS>; // registers
		var dp: array<f32, QUERIES * KEYS>; // registers
		var key: array<u32, KEYS>; // registers
		for (var j = 0u; j < KEYS; j++) { // unrolled
			key[j] = min(j0 + j, end - 1u) * kv_width + kv_at;
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
				x[i] = q[at[i] + d];
				dx[i] = dout[at[i] + d];
			}
			for (var j = 0u; j < KEYS; j++) { // unrolled
				y[j] = k[key[j] + d];
				z[j] = v[key[j] + d];
			}
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				for (var j = 0u; j < KEYS; j++) { // unrolled
					s[i * KEYS + j] = fma(x[i], y[j], s[i * KEYS + j]);
					dp[i * KEYS + j] = fma(dx[i], z[j], dp[i * KEYS + j]);
				}
			}
		}
		for (var i = 0u; i < QUERIES; i++) { // unrolled
			for (var j = 0u; j < KEYS; j++) { // unrolled
				s[i * KEYS + j] = select(0.0, exp(s[i * KEYS + j] * params.scale - lse[i]) * (dp[i * KEYS + j] - delta[i]) * params.scale, (j0 + j >= first[i]) & (j0 + j <= last[i]));
			}
		}
		for (var d = 0u; d < dim; d++) {
			var x: array<f32, QUERIES>; // registers
			var y: array<f32, KEYS>; // registers
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				x[i] = select(dq[at[i] + d], 0.0, j0 == begin);
			}
			for (var j = 0u; j < KEYS; j++) { // unrolled
				y[j] = k[key[j] + d];
			}
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				for (var j = 0u; j < KEYS; j++) { // unrolled
					x[i] = fma(s[i * KEYS + j], y[j], x[i]);
				}
				dq[at[i] + d] = x[i];
			}
		}
	}
}
