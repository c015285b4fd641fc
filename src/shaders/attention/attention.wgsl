// Causal attention with grouped heads, the flash way (arXiv 2205.14135): a thread walks the keys of QUERIES queries of one head
// in blocks of KEYS, with an online softmax; the score matrix never stands whole. Keeps the log-sum-exp for the
// backward. Query t sees keys kv_start[t] … kv_last[t], of them the last `window`. No workgroup memory and no barrier: what counts on software
// adapters and small GPUs is how many products a load feeds, (QUERIES · KEYS) / (QUERIES + KEYS).
struct Params {
	tokens: u32,
	heads: u32,
	group: u32, // heads that share a key head
	head_dim: u32,
	scale: f32,
	window: u32, // keys that a query looks back over, itself among them
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> q: array<f32>; // [T, heads * head_dim]
@group(0) @binding(3) var<storage, read> k: array<f32>; // [S, heads / group * head_dim]
@group(0) @binding(4) var<storage, read> v: array<f32>; // as k
@group(0) @binding(5) var<storage, read> kv_start: array<u32>; // [T]
@group(0) @binding(6) var<storage, read> kv_last: array<u32>; // [T]
@group(0) @binding(7) var<storage, read_write> out: array<f32>; // as q
@group(0) @binding(8) var<storage, read_write> lse: array<f32>; // [T, heads]

const LOWEST: f32 = -3.0e38;

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

	// Queries past the live ones repeat the last, and store what it stores: a branch costs more to compile than that.
	var at: array<u32, QUERIES>; // registers
	var first: array<u32, QUERIES>; // registers
	var last: array<u32, QUERIES>; // registers
	var most: array<f32, QUERIES>; // registers
	var total: array<f32, QUERIES>; // registers
	var shrink: array<f32, QUERIES>; // registers
	var begin = 0xffffffffu;
	var end = 0u;
	for (var i = 0u; i < QUERIES; i++) { // unrolled
		at[i] = min(t0 + i, live - 1u);
		last[i] = kv_last[at[i]];
		first[i] = max(kv_start[at[i]], last[i] + 1u - min(last[i] + 1u, params.window));
		begin = min(begin, first[i]);
		end = max(end, last[i] + 1u);
		at[i] = at[i] * q_width + head * dim;
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
				x[i] = q[at[i] + d];
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
				x[i] = select(out[at[i] + d] * shrink[i], 0.0, j0 == begin);
			}
			for (var j = 0u; j < KEYS; j++) { // unrolled
				y[j] = v[key[j] + d];
			}
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				for (var j = 0u; j < KEYS; j++) { // unrolled
					x[i] = fma(s[i * KEYS + j], y[j], x[i]);
				}
				out[at[i] + d] = x[i];
			}
		}
	}
	for (var i = 0u; i < QUERIES; i++) { // unrolled
		lse[min(t0 + i, live - 1u) * params.heads + head] = most[i] + log(total[i]);
	}
	for (var d = 0u; d < dim; d++) {
		var x: array<f32, QUERIES>; // registers
		for (var i = 0u; i < QUERIES; i++) { // unrolled
			x[i] = out[at[i] + d] / total[i];
		}
		for (var i = 0u; i < QUERIES; i++) { // unrolled
			out[at[i] + d] = x[i];
		}
	}
}
