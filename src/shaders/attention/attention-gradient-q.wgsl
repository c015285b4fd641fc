// dq of attention.wgsl: p is recomputed from the log-sum-exp, ds = p · (dout · v - delta), dq = scale · Σ ds · k.
// A thread walks the keys of QUERIES queries of one head, KEYS at a time.
@group(0) @binding(5) var<storage, read> dout: array<f32>; // as q
@group(0) @binding(6) var<storage, read> kv_start: array<u32>; // [T]
@group(0) @binding(7) var<storage, read> kv_last: array<u32>; // [T]
@group(0) @binding(8) var<storage, read> statistics: array<f32>; // [T, heads, 2]: log-sum-exp, delta
@group(0) @binding(9) var<storage, read_write> dq: array<f32>; // as q

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
	queries();
	var lse: array<f32, QUERIES>; // registers
	var delta: array<f32, QUERIES>; // registers
	for (var i = 0u; i < QUERIES; i++) { // unrolled
		lse[i] = statistics[2u * (min(t0 + i, live - 1u) * params.heads + head)];
		delta[i] = statistics[2u * (min(t0 + i, live - 1u) * params.heads + head) + 1u];
	}

	for (var j0 = begin; j0 < end; j0 += KEYS) {
		var key: array<u32, KEYS>; // registers
		for (var j = 0u; j < KEYS; j++) { // unrolled
			key[j] = min(j0 + j, end - 1u) * kv_width + kv_at;
		}
		tile_products();
		for (var i = 0u; i < QUERIES; i++) { // unrolled
			for (var j = 0u; j < KEYS; j++) { // unrolled
				s[i * KEYS + j] = select(0.0, exp(s[i * KEYS + j] * params.scale - lse[i]) * (dp[i * KEYS + j] - delta[i]) * params.scale, (j0 + j >= first[i]) & (j0 + j <= last[i]));
			}
		}
		for (var d = 0u; d < dim; d++) {
			var x: array<f32, QUERIES>; // registers
			var y: array<f32, KEYS>; // registers
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				x[i] = select(dq[query[i] + d], 0.0, j0 == begin);
			}
			for (var j = 0u; j < KEYS; j++) { // unrolled
				y[j] = k[key[j] + d];
			}
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				for (var j = 0u; j < KEYS; j++) { // unrolled
					x[i] = fma(s[i * KEYS + j], y[j], x[i]);
				}
				dq[query[i] + d] = x[i];
			}
		}
	}
}
