// Copies src to dst, four words at a time; all threads of the dispatch together step through the buffers.
struct Params {
	count: u32, // vec4s
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> src: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> dst: array<vec4<u32>>;

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let stride = groups.x * THREADS;
	for (var i = id.x; i < params.count; i += stride) {
		dst[i] = src[i];
	}
}
