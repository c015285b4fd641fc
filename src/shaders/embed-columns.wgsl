// out[t, k] = scale * A[k, ids[t]]: LoRA's low-rank half of an embedding. ids: [rows], A: [rank, vocabulary], out: [rows, rank]
struct Params {
	rows: u32,
	rank: u32,
	vocabulary: u32,
	live_axis: u32,
	live_offset: u32,
	scale: f32,
	adapter: u32, // also times step.adapter_strength
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read> A: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let i = thread.y * groups.x * 64u + thread.x;
	if (i >= live_rows(params.rows, params.live_axis, params.live_offset) * params.rank) {
		return;
	}
	let factor = params.scale * select(1.0, step.adapter_strength, params.adapter == 1u);
	out[i] = factor * A[(i % params.rank) * params.vocabulary + ids[i / params.rank]];
}
