// Rotary position embedding, the rotate-half form of Hugging Face: in each head, columns c < half and c + half are
// rotated by the angle of (position, c); columns from 2 * half on are copied. A thread processes PER pairs.
// x, out: [rows, heads * head_dim]; cos, sin: [positions, half]; positions: [rows]
struct Params {
	rows: u32,
	heads: u32,
	head_dim: u32, // in elems, as half_dim
	half_dim: u32, // rotary_dim / 2
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<Elem>;
@group(0) @binding(3) var<storage, read> cosines: array<Elem>;
@group(0) @binding(4) var<storage, read> sines: array<Elem>;
@group(0) @binding(5) var<storage, read> positions: array<u32>;
@group(0) @binding(6) var<storage, read_write> out: array<Elem>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let pairs = params.head_dim - params.half_dim; // of one head, including the copied columns
	let count = live_rows(params.rows, params.live_axis, params.live_offset) * params.heads * pairs;
	let start = (group.y * groups.x + group.x) * (WORKGROUP * PER);
	let end = min(count, start + WORKGROUP * PER);
	for (var i = start + lid; i < end; i += WORKGROUP) {
		let c = i % pairs;
		let head = i / pairs; // counted over all rows
		let first = head * params.head_dim + c;
		let second = first + params.half_dim;
		if (c >= params.half_dim) {
			out[second] = x[second];
			continue;
		}
		let angle = positions[head / params.heads] * params.half_dim + c;
		let cosine = cosines[angle];
		let sine = select(sines[angle], -sines[angle], INVERSE);
		let a = x[first];
		let b = x[second];
		out[first] = a * cosine - b * sine;
		out[second] = b * cosine + a * sine;
	}
}
