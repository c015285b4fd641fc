// gain = 1 + strength * (magnitude / norm - 1): exactly 1 at strength 0. All: [count]
// With GRADIENT: dmagnitude = strength * dgain / norm, where the binding magnitude contains dgain and dmagnitude is written to gain.
struct Params {
	count: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> magnitude: array<f32>;
@group(0) @binding(3) var<storage, read> norm: array<f32>;
@group(0) @binding(4) var<storage, read_write> gain: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let i = id.y * groups.x * 64u + id.x;
	if (i >= params.count) {
		return;
	}
	let share = magnitude[i] / norm[i];
	gain[i] = select(1.0 + step.adapter_strength * (share - 1.0), step.adapter_strength * share, GRADIENT);
}
