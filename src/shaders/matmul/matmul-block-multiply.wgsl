				// A slice of both operands is multiplied: each thread reads its rows and columns.
				for (var u = 0u; u < UNROLL; u++) { // unrolled
					var x: array<vec4f, ROW_QUADS>; // registers
					var w: array<vec4f, COLUMN_QUADS>; // registers
					for (var r = 0u; r < ROW_QUADS; r++) { // unrolled
						x[r] = sharedSEG(first_a + u * QUADS_I + r * THREADS_I + ti);
					}
					for (var c = 0u; c < COLUMN_QUADS; c++) { // unrolled
						w[c] = sharedSEG(first_b + u * QUADS_J + c * THREADS_J + tj);
					}
					for (var r = 0u; r < ROW_QUADS; r++) { // unrolled
						for (var e = 0u; e < 4u; e++) { // unrolled
							for (var c = 0u; c < COLUMN_QUADS; c++) { // unrolled
								acc[(r * 4 + e) * COLUMN_QUADS + c] = fma(vec4f(x[r][e]), w[c], acc[(r * 4 + e) * COLUMN_QUADS + c]);
							}
						}
					}
				}
