// Independent chains of fused multiply-adds; the result is stored, so that the compiler cannot remove the work.
struct Params {
	loops: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
	let x = 0.999 + f32(id.x & 1u) * 0.0001;
	var acc: array<f32, CHAINS>; // registers
	for (var i = 0u; i < CHAINS; i++) { // unrolled
		acc[i] = f32(i);
	}
	for (var loop_index = 0u; loop_index < params.loops; loop_index++) {
		for (var s = 0u; s < STEPS; s++) { // unrolled
			for (var i = 0u; i < CHAINS; i++) { // unrolled
				acc[i] = fma(acc[i], x, 0.001);
			}
		}
	}
	var sum = 0.0;
	for (var i = 0u; i < CHAINS; i++) { // unrolled
		sum += acc[i];
	}
	out[id.x] = sum;
}
