// out = x / (1 - p) where the element is kept, else 0. Whether it is kept is a pure function of the seed, the
// micro-batch, the module (salt) and the element, so the gradient draws the same mask again. x, out: [rows, width]
// threshold: p in steps of 2^-24; scale: 1 / (1 - p); slots: 1 where x stacks the rows of several adapter slots, each of
// which has the mask of a single run.
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn setup() {
	let stream = random_u32(step.seed, params.purpose, step.micro_step, params.salt);
	let key = random_key(step.seed, params.purpose, stream);
	let period = max(1u, select(count, step.slot_tokens * params.width, params.slots == 1u));
}

fn element(i: u32) {
	let kept = (random_at(key, i % period) >> 8u) >= params.threshold;
	out[i] = select(0.0, x[i] * params.scale, kept);
}
