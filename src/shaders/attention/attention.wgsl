// Causal attention with grouped heads, as FlashAttention (arXiv 2205.14135): a thread walks the keys of QUERIES queries of one
// head in blocks of KEYS with an online softmax, so the score matrix is never in memory. The log-sum-exp is stored for the
// backward pass. Query t sees the keys kv_start[t] … kv_last[t], at most `window` of them. It uses no workgroup memory and no
// barrier: on software adapters and small GPUs, speed depends on the products per load, (QUERIES · KEYS) / (QUERIES + KEYS).
@group(0) @binding(5) var<storage, read> kv_start: array<u32>; // [T]
@group(0) @binding(6) var<storage, read> kv_last: array<u32>; // [T]
@group(0) @binding(7) var<storage, read_write> out: array<f32>; // as q
@group(0) @binding(8) var<storage, read_write> lse: array<f32>; // [T, heads]

const LOWEST: f32 = -3.0e38;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
	queries();
	var most: array<f32, QUERIES>; // registers
	var total: array<f32, QUERIES>; // registers
	var shrink: array<f32, QUERIES>; // registers
	for (var i = 0u; i < QUERIES; i++) { // unrolled
		most[i] = LOWEST;
		total[i] = 0.0;
	}

	for (var j0 = begin; j0 < end; j0 += KEYS) {
		var s: array<f32, QUERIES * KEYS>; // registers
		var key: array<u32, KEYS>; // registers
		for (var j = 0u; j < KEYS; j++) { // unrolled
			key[j] = min(j0 + j, end - 1u) * kv_width + kv_at;
		}
		for (var n = 0u; n < QUERIES * KEYS; n++) { // unrolled
			s[n] = 0.0;
		}
		for (var d = 0u; d < dim; d++) {
			var x: array<f32, QUERIES>; // registers
			var y: array<f32, KEYS>; // registers
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				x[i] = q[query[i] + d];
			}
			for (var j = 0u; j < KEYS; j++) { // unrolled
				y[j] = k[key[j] + d];
			}
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				for (var j = 0u; j < KEYS; j++) { // unrolled
					s[i * KEYS + j] = fma(x[i], y[j], s[i * KEYS + j]);
				}
			}
		}
		for (var i = 0u; i < QUERIES; i++) { // unrolled
			shrink[i] = most[i];
			for (var j = 0u; j < KEYS; j++) { // unrolled
				s[i * KEYS + j] = select(LOWEST, s[i * KEYS + j] * params.scale, (j0 + j >= first[i]) & (j0 + j <= last[i]));
				most[i] = max(most[i], s[i * KEYS + j]);
			}
			shrink[i] = select(exp(shrink[i] - most[i]), 0.0, shrink[i] == LOWEST);
			total[i] *= shrink[i];
			for (var j = 0u; j < KEYS; j++) { // unrolled
				s[i * KEYS + j] = select(exp(s[i * KEYS + j] - most[i]), 0.0, s[i * KEYS + j] == LOWEST);
				total[i] += s[i * KEYS + j];
			}
		}
		for (var d = 0u; d < dim; d++) {
			var x: array<f32, QUERIES>; // registers
			var y: array<f32, KEYS>; // registers
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				x[i] = select(out[query[i] + d] * shrink[i], 0.0, j0 == begin);
			}
			for (var j = 0u; j < KEYS; j++) { // unrolled
				y[j] = v[key[j] + d];
			}
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				for (var j = 0u; j < KEYS; j++) { // unrolled
					x[i] = fma(s[i * KEYS + j], y[j], x[i]);
				}
				out[query[i] + d] = x[i];
			}
		}
	}
	for (var i = 0u; i < QUERIES; i++) { // unrolled
		lse[min(t0 + i, live - 1u) * params.heads + head] = most[i] + log(total[i]);
	}
	for (var d = 0u; d < dim; d++) {
		var x: array<f32, QUERIES>; // registers
		for (var i = 0u; i < QUERIES; i++) { // unrolled
			x[i] = out[query[i] + d] / total[i];
		}
		for (var i = 0u; i < QUERIES; i++) { // unrolled
			out[query[i] + d] = x[i];
		}
	}
}
