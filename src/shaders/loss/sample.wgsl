// Picks the next token of each row of logits: greedy at temperature 0, else temperature, then top-k, then top-p, then a
// draw in order of index, as transformers' warpers. Thresholds come from bisection over the order of floats as bits,
// so nothing is sorted. One workgroup per row. All rows share the draw, so that a row's token does not depend on its position.
struct Params {
	rows: u32,
	vocabulary: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> logits: array<f32>; // [rows, vocabulary]
@group(0) @binding(3) var<storage, read_write> ids: array<u32>; // [rows]

const LOWEST: f32 = -3.0e38;
const PURPOSE = 4u; // Purpose.sample

var<workgroup> best: array<vec2<u32>, WORKGROUP>; // order bits, index

fn logit(row: u32, i: u32) -> f32 {
	let value = logits[row * params.vocabulary + i];
	return select(LOWEST, value, is_finite(bitcast<u32>(value)));
}

// Bits that sort as the float does.
fn order(value: f32) -> u32 {
	let bits = bitcast<u32>(value + 0.0);
	return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

// Sum over the row of 1 (x) and of the probability mass (y) at or above a threshold.
// Consecutive calls alternate between slots 0 and 1.
fn at_least(row: u32, lid: u32, slot: u32, threshold: u32, most: f32) -> vec2<f32> {
	var sum = vec2<f32>(0.0);
	for (var i = lid; i < params.vocabulary; i += WORKGROUP) {
		let value = logit(row, i);
		if (order(value) >= threshold) {
			sum += vec2<f32>(1.0, exp((value - most) / step.temperature));
		}
	}
	return workgroup_sum(lid, slot, sum);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let row = group.x;

	// The highest logit; the first one wins a tie.
	var highest = vec2<u32>(0u, 0u);
	for (var i = lid; i < params.vocabulary; i += WORKGROUP) {
		let key = order(logit(row, i));
		if (key > highest.x) {
			highest = vec2<u32>(key, i);
		}
	}
	best[lid] = highest;
	workgroupBarrier();
	for (var span = WORKGROUP / 2u; span > 0u; span /= 2u) {
		if (lid < span) {
			let other = best[lid + span];
			if (other.x > best[lid].x || (other.x == best[lid].x && other.y < best[lid].y)) {
				best[lid] = other;
			}
		}
		workgroupBarrier();
	}
	let top = workgroupUniformLoad(&best[0]).y;
	if (step.temperature == 0.0) {
		if (lid == 0u) {
			ids[row] = top;
		}
		return;
	}
	let most = logit(row, top);

	var threshold = 0u;
	var slot = 0u;
	if (step.top_k > 0u && step.top_k < params.vocabulary) {
		for (var bit = 0x80000000u; bit > 0u; bit >>= 1u) {
			if (at_least(row, lid, slot, threshold | bit, most).x >= f32(step.top_k)) {
				threshold |= bit;
			}
			slot = 1u - slot;
		}
	}
	var mass = at_least(row, lid, slot, threshold, most).y;
	slot = 1u - slot;
	if (step.top_p < 1.0) {
		let top_p_mass = step.top_p * mass;
		var nucleus = 0u;
		for (var bit = 0x80000000u; bit > 0u; bit >>= 1u) {
			let kept = at_least(row, lid, slot, max(nucleus | bit, threshold), most).y;
			slot = 1u - slot;
			if (kept >= top_p_mass && kept > 0.0) {
				nucleus |= bit;
			}
		}
		threshold = max(nucleus, threshold);
		mass = at_least(row, lid, slot, threshold, most).y;
	}

	// Each invocation sums a run of neighbours; the first one finds the run that contains the drawn point and scans it.
	let run = (params.vocabulary + WORKGROUP - 1u) / WORKGROUP;
	var sum = 0.0;
	for (var i = lid * run; i < min((lid + 1u) * run, params.vocabulary); i++) {
		let value = logit(row, i);
		if (order(value) >= threshold) {
			sum += exp((value - most) / step.temperature);
		}
	}
	let runs = 2u * WORKGROUP; // slot 2
	partials[runs + lid] = vec2<f32>(sum, 0.0);
	workgroupBarrier();
	if (lid != 0u) {
		return;
	}
	let point = uniform01(random_u32(step.seed, PURPOSE, step.step, 0u)) * mass;
	var before = 0.0;
	var chosen = 0u;
	while (chosen + 1u < WORKGROUP && before + partials[runs + chosen].x <= point) {
		before += partials[runs + chosen].x;
		chosen++;
	}
	var id = top;
	for (var i = chosen * run; i < min((chosen + 1u) * run, params.vocabulary); i++) {
		let value = logit(row, i);
		if (order(value) >= threshold) {
			id = i;
			before += exp((value - most) / step.temperature);
			if (before > point) {
				break;
			}
		}
	}
	ids[row] = id;
}
