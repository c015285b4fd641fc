// out[id - shift, c] += sum of dout[t, c] over the tokens t with that id. One thread per token and column: the first token of an
// id walks the chain of the others. ids, next, first: [rows]; dout: [rows, width]; out: a window of [., width]
struct Params {
	rows: u32,
	width: u32,
	live_axis: u32,
	live_offset: u32,
	first_id: u32, // ids of this window
	end_id: u32,
	shift: u32,
	base: u32, // element of out at which the binding starts
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read> next: array<u32>;
@group(0) @binding(4) var<storage, read> first: array<u32>;
@group(0) @binding(5) var<storage, read> dout: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let i = thread.y * groups.x * 64u + thread.x;
	let rows = live_rows(params.rows, params.live_axis, params.live_offset);
	if (i >= rows * params.width) {
		return;
	}
	let t = i / params.width;
	let id = ids[t];
	if (first[t] == 0u || id < params.first_id || id >= params.end_id) {
		return;
	}
	let c = i % params.width;
	var sum = 0.0;
	for (var token = t; token < rows; token = next[token]) {
		sum += dout[token * params.width + c];
	}
	out[(id - params.shift) * params.width + c - params.base] += sum;
}
