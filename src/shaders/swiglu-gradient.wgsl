// Both gradients of out = silu(gate) * up in one pass. With s = sigmoid(gate):
// dgate = dout * up * s * (1 + gate * (1 - s)), dup = dout * gate * s. All: [rows, width]
struct Params {
	rows: u32,
	width: u32,
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> gate: array<f32>;
@group(0) @binding(3) var<storage, read> up: array<f32>;
@group(0) @binding(4) var<storage, read> dout: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgate: array<f32>;
@group(0) @binding(6) var<storage, read_write> dup: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let i = id.y * groups.x * 64u + id.x;
	if (i < live_rows(params.rows, params.live_axis, params.live_offset) * params.width) {
		let g = gate[i];
		let d = dout[i];
		let s = sigmoid(g);
		dgate[i] = d * up[i] * s * (1.0 + g * (1.0 - s));
		dup[i] = d * g * s;
	}
}
