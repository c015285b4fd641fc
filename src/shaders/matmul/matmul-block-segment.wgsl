	// One segment of strategy block. SEG is its number: this text replaces segment0() and segment1() in matmul-block.wgsl, and another text multiplySEG().
	if (SEGu < PARTS) {
		let end = endSEG;
		let slices = (end + UNROLL - 1u) / UNROLL;
		let rounds = (slices + SPLITS - 1u) / SPLITS;
		// Rows and columns past the edge repeat others and are not stored. Quad e is row or column e of a block along K, or step e.
		for (var q = 0u; q < STAGED_A; q++) { // unrolled
			let block = q * GROUP + thread;
			let i = i0 + 4u * select(block % QUADS_I, block / QUADS_K, ASEG_ALONG_K);
			let k = 4u * select(block / QUADS_I, block % QUADS_K, ASEG_ALONG_K);
			for (var e = 0u; e < 4u; e++) { // unrolled
				if (ASEG_ALONG_K) {
					a_at[q * 4 + e] = aSEG_first() + min(i + e, m - 1u) * params.aSEG_i + k * params.aSEG_k;
				} else {
					a_at[q * 4 + e] = aSEG_first() + min(i, params.m - ASEG_EDGE) * params.aSEG_i + (k + e) * params.aSEG_k;
				}
			}
		}
		for (var q = 0u; q < STAGED_B; q++) { // unrolled
			let block = q * GROUP + thread;
			let j = j0 + 4u * select(block % QUADS_J, block / QUADS_K, BSEG_ALONG_K);
			let k = 4u * select(block / QUADS_J, block % QUADS_K, BSEG_ALONG_K);
			for (var e = 0u; e < 4u; e++) { // unrolled
				let from_k = select(k + e, k, BSEG_ALONG_K) * params.bSEG_k;
				let from_j = select(min(j, params.n - BSEG_EDGE), min(j + e, params.n - 1u), BSEG_ALONG_K) * params.bSEG_j;
				b_at[q * 4 + e] = bSEG_first() + from_k + from_j;
				b_row[q * 4 + e] = params.bSEG_base + select(from_k, from_j, ROWS_J);
			}
		}
		for (var round = 0u; round <= rounds; round++) {
			let slice = round * SPLITS + split;
			if (round < rounds && (SPLITS == 1u || slice < slices)) {
				let a_step = slice * UNROLL * params.aSEG_k;
				for (var q = 0u; q < STAGED_A; q++) { // unrolled
					let block = q * GROUP + thread;
					if (QUADS_I * QUADS_K % GROUP == 0u || block < QUADS_I * QUADS_K) {
						let k = slice * UNROLL + 4u * select(block / QUADS_I, block % QUADS_K, ASEG_ALONG_K);
						for (var e = 0u; e < 4u; e++) { // unrolled
							if (ASEG_ALONG_K) {
								a[q * 4 + e] = steps_of(aSEG_quad(a_at[q * 4 + e] + a_step, params.aSEG_k), k, end, WHOLE_KSEG);
							} else {
								a[q * 4 + e] = step_of(aSEG_quad(a_at[q * 4 + e] + a_step, params.aSEG_i), k + e, end, WHOLE_KSEG);
							}
						}
					}
				}
				let b_step = slice * UNROLL * params.bSEG_k;
				let row_step = select(b_step, 0u, ROWS_J);
				for (var q = 0u; q < STAGED_B; q++) { // unrolled
					let block = q * GROUP + thread;
					if (QUADS_J * QUADS_K % GROUP == 0u || block < QUADS_J * QUADS_K) {
						let k = slice * UNROLL + 4u * select(block / QUADS_J, block % QUADS_K, BSEG_ALONG_K);
						for (var e = 0u; e < 4u; e++) { // unrolled
							if (BSEG_ALONG_K) {
								b[q * 4 + e] = steps_of(bSEG_quad(b_row[q * 4 + e] + row_step, b_at[q * 4 + e] + b_step, params.bSEG_k), k, end, WHOLE_KSEG);
							} else {
								b[q * 4 + e] = step_of(bSEG_quad(b_row[q * 4 + e] + row_step, b_at[q * 4 + e] + b_step, params.bSEG_j), k + e, end, WHOLE_KSEG);
							}
						}
					}
				}
			} else if (SPLITS > 1u) {
				for (var q = 0u; q < STAGED_A * 4; q++) { // unrolled
					a[q] = vec4f();
				}
			}

			if (round > 0u) {
				multiplySEG();
			}
			workgroupBarrier();
			for (var q = 0u; q < STAGED_A; q++) { // unrolled
				let block = q * GROUP + thread;
				if (QUADS_I * QUADS_K % GROUP == 0u || block < QUADS_I * QUADS_K) {
					let to = first_a + select(block % QUADS_I + block / QUADS_I * 4u * QUADS_I, block / QUADS_K + block % QUADS_K * 4u * QUADS_I, ASEG_ALONG_K);
					for (var e = 0u; e < 4u; e++) { // unrolled
						let along = vec4f(a[q * 4][e], a[q * 4 + 1][e], a[q * 4 + 2][e], a[q * 4 + 3][e]);
						let value = select(a[q * 4 + e], along, ASEG_ALONG_K);
						set_sharedSEG(to + e * QUADS_I, aSEG_staged(select(value, value * factorSEG(), SCALEDSEG)));
					}
				}
			}
			for (var q = 0u; q < STAGED_B; q++) { // unrolled
				let block = q * GROUP + thread;
				if (QUADS_J * QUADS_K % GROUP == 0u || block < QUADS_J * QUADS_K) {
					let to = first_b + select(block % QUADS_J + block / QUADS_J * 4u * QUADS_J, block / QUADS_K + block % QUADS_K * 4u * QUADS_J, BSEG_ALONG_K);
					for (var e = 0u; e < 4u; e++) { // unrolled
						let along = vec4f(b[q * 4][e], b[q * 4 + 1][e], b[q * 4 + 2][e], b[q * 4 + 3][e]);
						set_sharedSEG(to + e * QUADS_J, bSEG_staged(select(b[q * 4 + e], along, BSEG_ALONG_K)));
					}
				}
			}
			workgroupBarrier();
		}
		if (SEG == 0u && HALF) {
			for (var s = 0u; s < ROWS * COLUMN_QUADS; s++) { // unrolled
				acc[s] *= factor0();
			}
		}
	}
