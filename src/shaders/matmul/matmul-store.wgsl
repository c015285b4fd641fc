// Writes one element with bias and accumulation; columns from n on are skipped.
fn store(i: u32, j: u32, value: f32, n: u32) {
	if (j < n) {
		let at = params.out_base + params.out_slot * step.slot_tokens + i * params.out_i + j * params.out_j;
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
