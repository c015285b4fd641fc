	// Half of the groups hand their sums to the other half, until one group has them all.
	for (var half = SPLITS / 2u; half > 0u; half /= 2u) {
		if (split >= half && split < 2u * half) {
			for (var s = 0u; s < ROWS * COLUMN_QUADS; s++) { // unrolled
				set_shared1(((split - half) * ROWS * COLUMN_QUADS + s) * GROUP + thread, acc[s]);
			}
		}
		workgroupBarrier();
		if (split < half) {
			for (var s = 0u; s < ROWS * COLUMN_QUADS; s++) { // unrolled
				acc[s] += shared1((split * ROWS * COLUMN_QUADS + s) * GROUP + thread);
			}
		}
		workgroupBarrier();
	}
