// out[t] = table[ids[t]]: one window of the table's rows, so that a table larger than a binding is read in several
// calls. ids: [rows], table: [vocabulary, width] (f32, or bf16 pairs), out: [rows, width]
struct Params {
	rows: u32,
	width: u32,
	first_row: u32, // of the window
	end_row: u32,
	base: u32, // element of the whole table at which the binding starts
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let i = thread.y * groups.x * 64u + thread.x;
	if (i >= live_rows(params.rows, params.live_axis, params.live_offset) * params.width) {
		return;
	}
	let id = ids[i / params.width];
	if (id < params.first_row || id >= params.end_row) {
		return;
	}
	let element = id * params.width + i % params.width - params.base;
	if (BF16) {
		out[i] = bf16_half(table[element >> 1u], element);
	} else {
		out[i] = bitcast<f32>(table[element]);
	}
}
