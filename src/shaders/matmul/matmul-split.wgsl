// Strategy split, for a few rows (one token at a time): the THREADS threads of a workgroup share out the K loop of
// ROWS × COLUMNS sums and add them up in workgroup memory; neighbouring threads read neighbouring k.
// unroll.ts unrolls the loops marked "unrolled". matmul.wgsl is included before this file.
var<workgroup> partial: array<f32, THREADS * ROWS * COLUMNS>; // [sum, thread]

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
	let m = live_m();
	let n = live_n();
	let k0 = live_k0();
	let tile = group.y * groups.x + group.x;
	let tiles_i = (params.m + ROWS - 1u) / ROWS;
	let i0 = (tile % tiles_i) * ROWS;
	let j0 = (tile / tiles_i) * COLUMNS;
	if (i0 >= m || j0 >= n) {
		return;
	}
	// Rows and columns past the edge repeat the last one and are not stored.
	var acc: array<f32, ROWS * COLUMNS>; // registers
	for (var k = thread * UNROLL; k < k0; k += THREADS * UNROLL) {
		for (var u = 0u; u < UNROLL; u++) { // unrolled
			if (k + u < k0) {
				var a: array<f32, ROWS>; // registers
				for (var r = 0u; r < ROWS; r++) { // unrolled
					a[r] = a0_value(a0[a0_first() + min(i0 + r, m - 1u) * params.a0_i + (k + u) * params.a0_k]);
				}
				for (var c = 0u; c < COLUMNS; c++) { // unrolled
					let from_k = (k + u) * params.b0_k;
					let from_j = min(j0 + c, n - 1u) * params.b0_j;
					let b = b0_value(load_b_scalar(params.b0_base + select(from_k, from_j, ROWS_J), b0_first() + from_k + from_j));
					for (var r = 0u; r < ROWS; r++) { // unrolled
						acc[r * COLUMNS + c] = fma(a[r], b, acc[r * COLUMNS + c]);
					}
				}
			}
		}
	}
	for (var s = 0u; s < ROWS * COLUMNS; s++) { // unrolled
		acc[s] *= factor0();
	}
	for (var k = thread; k < params.k1; k += THREADS) {
		for (var r = 0u; r < ROWS; r++) { // unrolled
			let a = factor1() * a1[params.a1_base + min(i0 + r, m - 1u) * params.a1_i + k * params.a1_k];
			for (var c = 0u; c < COLUMNS; c++) { // unrolled
				acc[r * COLUMNS + c] = fma(a, b1[params.b1_base + min(j0 + c, n - 1u) * params.b1_j + k * params.b1_k], acc[r * COLUMNS + c]);
			}
		}
	}
	for (var s = 0u; s < ROWS * COLUMNS; s++) { // unrolled
		partial[s * THREADS + thread] = acc[s];
	}
	workgroupBarrier();
	for (var half = THREADS / 2u; half > 0u; half >>= 1u) {
		for (var e = thread; e < half * ROWS * COLUMNS; e += THREADS) {
			let at = (e / half) * THREADS + e % half;
			partial[at] += partial[at + half];
		}
		workgroupBarrier();
	}
	if (thread < ROWS * COLUMNS && i0 + thread / COLUMNS < m) {
		store(i0 + thread / COLUMNS, j0 + thread % COLUMNS, partial[thread * THREADS], n);
	}
}
