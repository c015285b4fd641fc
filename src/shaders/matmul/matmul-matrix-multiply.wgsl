				// A slice of both operands is multiplied: each subgroup multiplies its subgroup matrices.
				for (var u = 0u; u < UNROLL / MATRIX_K; u++) { // unrolled
					var left: array<Left, MATRICES_I>; // registers
					var right: array<Right, MATRICES_J>; // registers
					for (var r = 0u; r < MATRICES_I; r++) { // unrolled
						left[r] = load_left(4u * (first_a + u * MATRIX_K * QUADS_I) + (matrix_i + r) * MATRIX_M);
					}
					for (var c = 0u; c < MATRICES_J; c++) { // unrolled
						right[c] = load_right(4u * (first_b + u * MATRIX_K * QUADS_J) + (matrix_j + c) * MATRIX_N);
					}
					for (var r = 0u; r < MATRICES_I; r++) { // unrolled
						for (var c = 0u; c < MATRICES_J; c++) { // unrolled
							sums[r * MATRICES_J + c] = multiply_add(left[r], right[c], sums[r * MATRICES_J + c]);
						}
					}
				}
