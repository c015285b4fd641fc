// Strategies direct, quad and xor: a register tile of ROWS × COLUMNS per thread, columns across the LANES threads of a
// workgroup. With EXCHANGE > 1 the lanes of a subgroup each load a different row of A and exchange it (swap, in
// matmul-swap-*.wgsl) instead of all loading all rows, because software adapters spend most of their time on loads.
// unroll.ts unrolls the loops marked "unrolled". matmul.wgsl is included before this file.
const GROUPS = ROWS / EXCHANGE;
const STEP_PAIRS = UNROLL / 2;
const COLUMN_PAIRS = COLUMNS / 2;

const BLOCK = 64u; // a multiple of every UNROLL
const STEP_RUNS = UNROLL / 4;
const COLUMN_RUNS = COLUMNS / 4;

// Column j of a lane, from the tile's first column. Pairs and runs along j stay with one lane.
fn column(j: u32, lane: u32) -> u32 {
	if (LAYOUT == B_PAIRS_J) {
		return (j >> 1u) * 2u * LANES + 2u * lane + (j & 1u);
	}
	if (LAYOUT == B_RUNS_J) {
		return (j >> 2u) * 4u * LANES + 4u * lane + (j & 3u);
	}
	return j * LANES + lane;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
	let m = live_m();
	let n = live_n();
	let k0 = live_k0();
	let tile = group.y * groups.x + group.x;
	let tiles_m = (params.m + ROWS - 1u) / ROWS;
	let m0 = (tile % tiles_m) * ROWS;
	let n0 = (tile / tiles_m) * (LANES * COLUMNS);
	if (m0 >= m || n0 >= n) {
		return;
	}
	let turn = lane % EXCHANGE;
	let scale0 = factor0();

	// Rows and columns past the edge repeat the last one and are not stored.
	var a_at: array<u32, GROUPS>; // registers
	for (var g = 0u; g < GROUPS; g++) { // unrolled
		a_at[g] = a0_first() + min(m0 + g * EXCHANGE + turn, m - 1u) * params.a0_i;
	}
	var b_at: array<u32, COLUMNS>; // registers
	for (var j = 0u; j < COLUMNS; j++) { // unrolled
		b_at[j] = b0_first() + min(n0 + column(j, lane), params.n - 1u) * params.b0_j;
	}
	var acc: array<f32, ROWS * COLUMNS>; // registers

	let whole = select(k0, k0 - k0 % UNROLL, REMAINDER);
	// A sum of hundreds of products in one register loses a digit, so each BLOCK of them is summed separately and then added.
	var tile_out: array<f32, ROWS * COLUMNS>;
	for (var block = 0u; block < whole; block += BLOCK) {
		let end = min(block + BLOCK, whole);
		for (var k = block; k < end; k += UNROLL) {
			var own: array<f32, GROUPS * UNROLL>; // registers
			var b: array<f32, COLUMNS * UNROLL>; // registers
			for (var g = 0u; g < GROUPS; g++) { // unrolled
				for (var u = 0u; u < UNROLL; u++) { // unrolled
					own[g * UNROLL + u] = a0_value(a0[a_at[g] + (k + u) * params.a0_k]);
				}
			}
			if (LAYOUT == B_PAIRS_K) {
				for (var j = 0u; j < COLUMNS; j++) { // unrolled
					for (var w = 0u; w < STEP_PAIRS; w++) { // unrolled
						let word = b0[((b_at[j] + k) >> 1u) + w];
						b[j * UNROLL + 2u * w] = bitcast<f32>(word << 16u);
						b[j * UNROLL + 2u * w + 1u] = bitcast<f32>(word & 0xffff0000u);
					}
				}
			} else if (LAYOUT == B_PAIRS_J) {
				for (var p = 0u; p < COLUMN_PAIRS; p++) { // unrolled
					for (var u = 0u; u < UNROLL; u++) { // unrolled
						let word = b0[(b_at[2u * p] + (k + u) * params.b0_k) >> 1u];
						b[2u * p * UNROLL + u] = bitcast<f32>(word << 16u);
						b[(2u * p + 1u) * UNROLL + u] = bitcast<f32>(word & 0xffff0000u);
					}
				}
			} else if (LAYOUT == B_RUNS_K) {
				for (var j = 0u; j < COLUMNS; j++) { // unrolled
					for (var w = 0u; w < STEP_RUNS; w++) { // unrolled
						let run = load_b4(b_at[j], b_at[j] + k + 4u * w);
						for (var e = 0u; e < 4u; e++) { // unrolled
							b[j * UNROLL + 4u * w + e] = run[e];
						}
					}
				}
			} else if (LAYOUT == B_RUNS_J) {
				for (var p = 0u; p < COLUMN_RUNS; p++) { // unrolled
					for (var u = 0u; u < UNROLL; u++) { // unrolled
						let row = (k + u) * params.b0_k;
						let run = load_b4(params.b0_base + row, b_at[4u * p] + row);
						for (var e = 0u; e < 4u; e++) { // unrolled
							b[(4u * p + e) * UNROLL + u] = run[e];
						}
					}
				}
			} else {
				for (var j = 0u; j < COLUMNS; j++) { // unrolled
					for (var u = 0u; u < UNROLL; u++) { // unrolled
						let row = (k + u) * params.b0_k;
						b[j * UNROLL + u] = load_b_scalar(select(params.b0_base + row, b_at[j], ROWS_J), b_at[j] + row);
					}
				}
			}
			if (HALF) {
				for (var e = 0u; e < COLUMNS * UNROLL; e++) { // unrolled
					b[e] = b0_value(b[e]);
				}
			}
			for (var g = 0u; g < GROUPS; g++) { // unrolled
				for (var s = 0u; s < EXCHANGE; s++) { // unrolled
					var a: array<f32, UNROLL>; // registers
					for (var u = 0u; u < UNROLL; u++) { // unrolled
						a[u] = swap(own[g * UNROLL + u], s);
					}
					for (var j = 0u; j < COLUMNS; j++) { // unrolled
						for (var u = 0u; u < UNROLL; u++) { // unrolled
							acc[(g * EXCHANGE + s) * COLUMNS + j] = fma(a[u], b[j * UNROLL + u], acc[(g * EXCHANGE + s) * COLUMNS + j]);
						}
					}
				}
			}
		}
		for (var i = 0u; i < ROWS * COLUMNS; i++) { // unrolled
			tile_out[i] += acc[i];
			acc[i] = 0.0;
		}
	}
	for (var i = 0u; i < ROWS * COLUMNS; i++) { // unrolled
		acc[i] = tile_out[i] * scale0;
	}

	// One step at a time: the rest of segment 0 (REMAINDER: K is not a multiple of UNROLL), then segment 1.
	let scale1 = factor1();
	var a1_at: array<u32, GROUPS>; // registers
	for (var g = 0u; g < GROUPS; g++) { // unrolled
		a1_at[g] = params.a1_base + min(m0 + g * EXCHANGE + turn, m - 1u) * params.a1_i;
	}
	var b1_at: array<u32, COLUMNS>; // registers
	for (var j = 0u; j < COLUMNS; j++) { // unrolled
		b1_at[j] = params.b1_base + min(n0 + column(j, lane), params.n - 1u) * params.b1_j;
	}
	for (var k = whole; k < k0 + params.k1; k++) {
		var x: array<f32, GROUPS>; // registers
		var w: array<f32, COLUMNS>; // registers
		if (REMAINDER && k < k0) {
			for (var g = 0u; g < GROUPS; g++) { // unrolled
				x[g] = scale0 * a0_value(a0[a_at[g] + k * params.a0_k]);
			}
			for (var j = 0u; j < COLUMNS; j++) { // unrolled
				let row = k * params.b0_k;
				w[j] = b0_value(load_b_scalar(select(params.b0_base + row, b_at[j], ROWS_J), b_at[j] + row));
			}
		} else {
			for (var g = 0u; g < GROUPS; g++) { // unrolled
				x[g] = scale1 * a1[a1_at[g] + (k - k0) * params.a1_k];
			}
			for (var j = 0u; j < COLUMNS; j++) { // unrolled
				w[j] = b1[b1_at[j] + (k - k0) * params.b1_k];
			}
		}
		for (var g = 0u; g < GROUPS; g++) { // unrolled
			for (var s = 0u; s < EXCHANGE; s++) { // unrolled
				let given = swap(x[g], s);
				for (var j = 0u; j < COLUMNS; j++) { // unrolled
					acc[(g * EXCHANGE + s) * COLUMNS + j] = fma(given, w[j], acc[(g * EXCHANGE + s) * COLUMNS + j]);
				}
			}
		}
	}

	// Stores the registers in a loop that is not unrolled: unrolled, its branches would take most of the compile time.
	for (var i = 0u; i < ROWS * COLUMNS; i++) { // unrolled
		tile_out[i] = acc[i];
	}
	for (var i = 0u; i < ROWS; i++) {
		let at_row = m0 + (i - i % EXCHANGE) + given_row(turn, i % EXCHANGE);
		if (at_row < m) {
			for (var j = 0u; j < COLUMNS; j++) {
				store(at_row, n0 + column(j, lane), tile_out[i * COLUMNS + j], n);
			}
		}
	}
}
