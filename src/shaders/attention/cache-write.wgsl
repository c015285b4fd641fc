// cache[positions[t]] = x[t] for live rows: writes new keys or values to their positions in the KV cache.
struct Params {
	rows: u32,
	width: u32,
	places: u32, // rows of the cache
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>; // [rows, width]
@group(0) @binding(3) var<storage, read> positions: array<u32>; // [rows]
@group(0) @binding(4) var<storage, read_write> cache: array<f32>; // [places, width]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let i = id.y * groups.x * 64u + id.x;
	if (i >= live_rows(params.rows, LIVE_TOKENS, 0u) * params.width) {
		return;
	}
	let place = positions[i / params.width];
	if (place < params.places) {
		cache[place * params.width + i % params.width] = x[i];
	}
}
