// Start of the tiled attention kernels: parameters, queries, keys and values.
struct Params {
	tokens: u32,
	heads: u32,
	group: u32, // heads that share a key head
	head_dim: u32,
	scale: f32,
	window: u32, // keys that a query looks back over, including its own
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> q: array<f32>; // [T, heads * head_dim]
@group(0) @binding(3) var<storage, read> k: array<f32>; // [S, heads / group * head_dim]; S = T in training
@group(0) @binding(4) var<storage, read> v: array<f32>; // as k
