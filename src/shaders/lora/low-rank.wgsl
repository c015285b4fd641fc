// Low-rank terms, factor · u · op(M), of four rows and four neighbouring columns. u: [T, rank]; M: [columns, rank] (BY_COLUMNS: a
// LoRA's B) or [rank, columns] (its A). rank and width count vec4s; u_first and m_first are indices of vec4s.
// A row of the result is a row of the matrix' columns: result[i] belongs to row i.
fn low_rank(rows: vec4<u32>, c: u32, u_first: u32, m_first: u32, rank: u32, width: u32, factor: f32) -> mat4x4<f32> {
	var sum = mat4x4<f32>();
	let at = m_first + select(c, 4u * c * rank, BY_COLUMNS);
	let next = select(width, rank, BY_COLUMNS);
	for (var q = 0u; q < rank * params.once; q++) {
		let first = at + select(4u * q * width, q, BY_COLUMNS);
		let m = mat4x4<f32>(low_m[first], low_m[first + next], low_m[first + 2u * next], low_m[first + 3u * next]);
		let u0 = low_u[u_first + rows.x * rank + q];
		let u1 = low_u[u_first + rows.y * rank + q];
		let u2 = low_u[u_first + rows.z * rank + q];
		let u3 = low_u[u_first + rows.w * rank + q];
		if (BY_COLUMNS) {
			sum += mat4x4<f32>(u0 * m, u1 * m, u2 * m, u3 * m);
		} else {
			sum += mat4x4<f32>(m * u0, m * u1, m * u2, m * u3);
		}
	}
	return factor * sum;
}

fn low_factor(scale: f32, adapter: u32) -> f32 {
	return scale * select(1.0, step.adapter_strength, adapter == 1u);
}
