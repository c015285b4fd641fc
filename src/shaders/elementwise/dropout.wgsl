// out = x / (1 - p) where the element is kept, else 0. Whether it is kept is a pure function of the seed, the
// micro-batch, the module (salt) and the element, so the gradient draws the same mask again. x, out: [rows, width]
struct Params {
	rows: u32,
	width: u32,
	purpose: u32,
	salt: u32,
	threshold: u32, // p in steps of 2^-24
	scale: f32, // 1 / (1 - p)
	live_axis: u32,
	live_offset: u32,
	slots: u32, // 1: the lanes of a race stand in x one after another, and each has the mask it would have alone
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let stream = random_u32(step.seed, params.purpose, step.micro_step, params.salt);
	let key = random_key(step.seed, params.purpose, stream);
	let count = live_rows(params.rows, params.live_axis, params.live_offset) * params.width;
	let period = max(1u, select(count, step.slot_tokens * params.width, params.slots == 1u));
	let first = (group.y * groups.x + group.x) * (WORKGROUP * PER);
	let end = min(count, first + WORKGROUP * PER);
	for (var i = first + lid; i < end; i += WORKGROUP) {
		let kept = (random_at(key, i % period) >> 8u) >= params.threshold;
		out[i] = select(0.0, x[i] * params.scale, kept);
	}
}
