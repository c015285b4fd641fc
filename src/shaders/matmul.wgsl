// out = Σ over two segments of scale · op(A)·op(B) (+ bias) (+ out), a register tile of ROWS × COLUMNS a thread.
// Operands are addressed by strides, so one text serves every transposition: op(A)[i, k] = a[base + i·a_i + k·a_k],
// op(B)[k, j] = b[base + k·b_k + j·b_j]. Columns lie across the LANES threads of a workgroup. With EXCHANGE > 1, the
// lanes of a subgroup each load a different row of A and pass it round (swap, in matmul-swap-*.wgsl) instead of all
// loading all rows: accumulator (g, s) of a lane belongs to row g·EXCHANGE + (lane ^ s).
// unroll.ts writes out the loops marked "unrolled". A map from row blocks to adapters would add its offset to
// a1_base and b1_base, read once per tile (m0 is the block).
struct Params {
	m: u32,
	n: u32,
	live_axis: u32,
	live_offset: u32,
	live_dimension: u32, // what the live rows bound: 0 m, 1 n, 2 the K loop of segment 0
	out_base: u32,
	out_i: u32,
	out_j: u32,
	accumulate: u32,
	bias_base: u32,
	biased: u32,
	k0: u32,
	a0_base: u32,
	a0_i: u32,
	a0_k: u32,
	b0_base: u32,
	b0_k: u32,
	b0_j: u32,
	scale0: f32,
	adapter0: u32,
	k1: u32,
	a1_base: u32,
	a1_i: u32,
	a1_k: u32,
	b1_base: u32,
	b1_k: u32,
	b1_j: u32,
	scale1: f32,
	adapter1: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> a0: array<f32>;
@group(0) @binding(3) var<storage, read> b0: array<u32>; // f32 bits, or bf16 pairs
@group(0) @binding(4) var<storage, read> a1: array<f32>;
@group(0) @binding(5) var<storage, read> b1: array<f32>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;

const GROUPS = ROWS / EXCHANGE;
const WORDS = UNROLL / 2;

// Values of LAYOUT: how B of segment 0 is stored, and whether one load gives two numbers.
const B_F32 = 0u;
const B_BF16 = 1u; // at any index
const B_PAIRS_K = 2u; // b_k = 1, everything else even
const B_PAIRS_J = 3u; // b_j = 1, everything else even

fn load_b0(index: u32) -> f32 {
	if (LAYOUT == B_F32) {
		return bitcast<f32>(b0[index]);
	}
	return bf16_half(b0[index >> 1u], index);
}

// Column j of a lane, from the tile's first column. Pairs along j stay with one lane.
fn column(j: u32, lane: u32) -> u32 {
	if (LAYOUT == B_PAIRS_J) {
		return (j >> 1u) * 2u * LANES + 2u * lane + (j & 1u);
	}
	return j * LANES + lane;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
	let m = select(params.m, live_rows(params.m, params.live_axis, params.live_offset), params.live_dimension == 0u);
	let n = select(params.n, live_rows(params.n, params.live_axis, params.live_offset), params.live_dimension == 1u);
	let k0 = select(params.k0, live_rows(params.k0, params.live_axis, params.live_offset), params.live_dimension == 2u);
	let tile = group.y * groups.x + group.x;
	let tiles_m = (params.m + ROWS - 1u) / ROWS;
	let m0 = (tile % tiles_m) * ROWS;
	let n0 = (tile / tiles_m) * (LANES * COLUMNS);
	if (m0 >= m || n0 >= n) {
		return;
	}
	let turn = lane % EXCHANGE;
	let scale0 = params.scale0 * select(1.0, step.adapter_strength, params.adapter0 == 1u);

	// Rows and columns past the edge repeat the last one and are not stored.
	var row: array<u32, GROUPS>; // registers
	var a_at: array<u32, GROUPS>; // registers
	for (var g = 0u; g < GROUPS; g++) { // unrolled
		row[g] = min(m0 + g * EXCHANGE + turn, m - 1u);
		a_at[g] = params.a0_base + row[g] * params.a0_i;
	}
	var b_at: array<u32, COLUMNS>; // registers
	for (var j = 0u; j < COLUMNS; j++) { // unrolled
		b_at[j] = params.b0_base + min(n0 + column(j, lane), params.n - 1u) * params.b0_j;
	}
	var acc: array<f32, ROWS * COLUMNS>; // registers

	let whole = k0 - k0 % UNROLL;
	for (var k = 0u; k < whole; k += UNROLL) {
		var a: array<f32, ROWS * UNROLL>; // registers
		var b: array<f32, COLUMNS * UNROLL>; // registers
		for (var g = 0u; g < GROUPS; g++) { // unrolled
			for (var u = 0u; u < UNROLL; u++) { // unrolled
				a[g * EXCHANGE * UNROLL + u] = a0[a_at[g] + u * params.a0_k];
			}
			a_at[g] += UNROLL * params.a0_k;
		}
		for (var j = 0u; j < COLUMNS; j++) { // unrolled
			if (LAYOUT == B_PAIRS_K) {
				for (var w = 0u; w < WORDS; w++) { // unrolled
					let word = b0[(b_at[j] >> 1u) + w];
					b[j * UNROLL + 2u * w] = bitcast<f32>(word << 16u);
					b[j * UNROLL + 2u * w + 1u] = bitcast<f32>(word & 0xffff0000u);
				}
			} else if (LAYOUT == B_PAIRS_J) {
				for (var u = 0u; u < UNROLL; u++) { // unrolled
					if (j % 2u == 0u) {
						b[j * UNROLL + u] = bitcast<f32>(b0[(b_at[j] + u * params.b0_k) >> 1u]);
					} else {
						let word = bitcast<u32>(b[(j - j % 2) * UNROLL + u]);
						b[j * UNROLL + u] = bitcast<f32>(word & 0xffff0000u);
						b[(j - j % 2) * UNROLL + u] = bitcast<f32>(word << 16u);
					}
				}
			} else {
				for (var u = 0u; u < UNROLL; u++) { // unrolled
					b[j * UNROLL + u] = load_b0(b_at[j] + u * params.b0_k);
				}
			}
			b_at[j] += UNROLL * params.b0_k;
		}
		for (var g = 0u; g < GROUPS; g++) { // unrolled
			for (var s = 1u; s < EXCHANGE; s++) { // unrolled
				for (var u = 0u; u < UNROLL; u++) { // unrolled
					a[(g * EXCHANGE + s) * UNROLL + u] = swap(a[g * EXCHANGE * UNROLL + u], s);
				}
			}
			for (var s = 0u; s < EXCHANGE; s++) { // unrolled
				for (var j = 0u; j < COLUMNS; j++) { // unrolled
					for (var u = 0u; u < UNROLL; u++) { // unrolled
						acc[(g * EXCHANGE + s) * COLUMNS + j] = fma(a[(g * EXCHANGE + s) * UNROLL + u], b[j * UNROLL + u], acc[(g * EXCHANGE + s) * COLUMNS + j]);
					}
				}
			}
		}
	}
	for (var i = 0u; i < ROWS * COLUMNS; i++) { // unrolled
		acc[i] *= scale0;
	}

	// Step by step: what is left of segment 0, then segment 1.
	if (REST) {
		let scale1 = params.scale1 * select(1.0, step.adapter_strength, params.adapter1 == 1u);
		for (var k = whole; k < k0 + params.k1; k++) {
			var x: array<f32, ROWS>; // registers
			var w: array<f32, COLUMNS>; // registers
			if (k < k0) {
				for (var g = 0u; g < GROUPS; g++) { // unrolled
					x[g * EXCHANGE] = scale0 * a0[params.a0_base + row[g] * params.a0_i + k * params.a0_k];
				}
				for (var j = 0u; j < COLUMNS; j++) { // unrolled
					w[j] = load_b0(params.b0_base + min(n0 + column(j, lane), params.n - 1u) * params.b0_j + k * params.b0_k);
				}
			} else {
				for (var g = 0u; g < GROUPS; g++) { // unrolled
					x[g * EXCHANGE] = scale1 * a1[params.a1_base + row[g] * params.a1_i + (k - k0) * params.a1_k];
				}
				for (var j = 0u; j < COLUMNS; j++) { // unrolled
					w[j] = b1[params.b1_base + min(n0 + column(j, lane), params.n - 1u) * params.b1_j + (k - k0) * params.b1_k];
				}
			}
			for (var g = 0u; g < GROUPS; g++) { // unrolled
				for (var s = 1u; s < EXCHANGE; s++) { // unrolled
					x[g * EXCHANGE + s] = swap(x[g * EXCHANGE], s);
				}
				for (var s = 0u; s < EXCHANGE; s++) { // unrolled
					for (var j = 0u; j < COLUMNS; j++) { // unrolled
						acc[(g * EXCHANGE + s) * COLUMNS + j] = fma(x[g * EXCHANGE + s], w[j], acc[(g * EXCHANGE + s) * COLUMNS + j]);
					}
				}
			}
		}
	}

	for (var j = 0u; j < COLUMNS; j++) { // unrolled
		for (var g = 0u; g < GROUPS; g++) { // unrolled
			for (var s = 0u; s < EXCHANGE; s++) { // unrolled
				store(m0 + g * EXCHANGE + (turn ^ s), n0 + column(j, lane), acc[(g * EXCHANGE + s) * COLUMNS + j], m, n);
			}
		}
	}
}

fn store(i: u32, j: u32, value: f32, m: u32, n: u32) {
	if (i < m && j < n) {
		let at = params.out_base + i * params.out_i + j * params.out_j;
		var sum = value;
		if (params.biased == 1u) {
			sum += bias[params.bias_base + j];
		}
		if (params.accumulate == 1u) {
			sum += out[at];
		}
		out[at] = sum;
	}
}
