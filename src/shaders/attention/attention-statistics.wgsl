// The statistics of each query and head that the backward pass of attention needs: [t, head, 0] the log-sum-exp, [t, head, 1]
// delta = Σ over the head's columns of dout · out, which the softmax's gradient subtracts.
struct Params {
	tokens: u32,
	heads: u32,
	head_dim: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> dout: array<f32>; // [T, heads * head_dim]
@group(0) @binding(3) var<storage, read> out: array<f32>; // as dout
@group(0) @binding(4) var<storage, read> lse: array<f32>; // [T, heads]
@group(0) @binding(5) var<storage, read_write> statistics: array<f32>; // [T, heads, 2]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let i = id.y * groups.x * 64u + id.x;
	if (i >= live_rows(params.tokens, LIVE_TOKENS, 0u) * params.heads) {
		return;
	}
	var sum = 0.0;
	for (var d = 0u; d < params.head_dim; d++) {
		sum = fma(dout[i * params.head_dim + d], out[i * params.head_dim + d], sum);
	}
	statistics[2u * i] = lse[i];
	statistics[2u * i + 1u] = sum;
}
