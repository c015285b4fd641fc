	// Each thread takes its sums from the subgroup matrices, one row of matrices after the other.
	for (var r = 0u; r < MATRICES_I; r++) { // unrolled
		for (var c = 0u; c < MATRICES_J; c++) { // unrolled
			store_sums(matrix_i / MATRICES_I * MATRIX_M * TILE_J + (matrix_j + c) * MATRIX_N, sums[r * MATRICES_J + c]);
		}
		workgroupBarrier();
		for (var q = 0u; q < ROW_QUADS; q++) { // unrolled
			let row = (q * THREADS_I + ti) * 4u;
			if (row / MATRIX_M % MATRICES_I == r) {
				let first = (row / (MATRIX_M * MATRICES_I) * MATRIX_M + row % MATRIX_M) * TILE_J + tj * 4u;
				for (var e = 0u; e < 4u; e++) { // unrolled
					for (var c = 0u; c < COLUMN_QUADS; c++) { // unrolled
						let at = first + e * TILE_J + c * THREADS_J * 4u;
						acc[(q * 4 + e) * COLUMN_QUADS + c] = factor0() * vec4f(shared_sums[at], shared_sums[at + 1u], shared_sums[at + 2u], shared_sums[at + 3u]);
					}
				}
			}
		}
		workgroupBarrier();
	}
