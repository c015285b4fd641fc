// RMSNorm: out = weight * x / rms(x). LayerNorm (CENTERED): out = weight * (x - mean) / deviation + bias. One workgroup per
// row. x, out: [rows · groups, width]; weight, bias: [width] (f32, or bf16 pairs); RMSNorm never reads bias.
@group(0) @binding(4) var<storage, read> bias: array<Words>;
@group(0) @binding(5) var<storage, read_write> out: array<Elem>;

fn bias_at(c: u32) -> Elem {
	return words_elem(bias[words_index(c, BIAS_BF16)], c, BIAS_BF16);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let row = group.y * groups.x + group.x;
	if (row >= live_rows(params.rows, params.live_axis, params.live_offset) * params.groups) {
		return;
	}
	let start = row * params.width;
	let statistics = row_statistics(start, lid);
	for (var c = lid; c < params.width; c += WORKGROUP) {
		let scaled = weight_at(c) * ((x[start + c] - statistics.x) * statistics.y);
		if (CENTERED) {
			out[start + c] = scaled + bias_at(c);
		} else {
			out[start + c] = scaled;
		}
	}
}
