// losses[i] = log(sum(exp(logits[i]))) - logits[i][target]: a softmax in one pass over the vocabulary (Milakov &
// Gimelshein, arXiv 1805.02867), less the maximum. gradient = 1: logits become
// (softmax - onehot) * step.loss_scale in place. A NaN or an infinity among the logits makes the loss NaN, by bits.
// One workgroup per row. logits: [rows, vocabulary]; targets: [.], row i's at first + i; losses: [rows] (f32 bits)
struct Params {
	rows: u32,
	vocabulary: u32, // in elems
	first: u32,
	gradient: u32,
	live_axis: u32,
	live_offset: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> logits: array<Elem>;
@group(0) @binding(4) var<storage, read_write> losses: array<u32>;

const LOWEST = -3.0e38; // below any logit; its difference to one does not overflow
var<workgroup> maxima: array<f32, WORKGROUP>;
var<workgroup> sums: array<f32, WORKGROUP>;
var<workgroup> faults: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
	let row = group.y * groups.x + group.x;
	if (row >= live_rows(params.rows, params.live_axis, params.live_offset)) {
		return;
	}
	let start = row * params.vocabulary;
	let end = start + params.vocabulary;
	var highest = LOWEST;
	var sum = 0.0; // of exp(logit - highest)
	var fault = 0u;
	for (var at = start + lid; at < end; at += WORKGROUP) {
		let logit = logits[at];
		fault |= select(1u, 0u, elem_is_finite(logit));
		let higher = max(highest, elem_max(logit));
		sum = sum * exp(highest - higher) + elem_sum(exp(logit - higher));
		highest = higher;
	}
	maxima[lid] = highest;
	sums[lid] = sum;
	faults[lid] = fault;
	workgroupBarrier();
	for (var span = WORKGROUP / 2u; span > 0u; span /= 2u) {
		if (lid < span) {
			let a = maxima[lid];
			let b = maxima[lid + span];
			let higher = max(a, b);
			sums[lid] = sums[lid] * exp(a - higher) + sums[lid + span] * exp(b - higher);
			maxima[lid] = higher;
			faults[lid] |= faults[lid + span];
		}
		workgroupBarrier();
	}
	highest = maxima[0];
	sum = sums[0];
	let label = targets[params.first + row];
	if (lid == 0u) {
		let loss = bitcast<u32>(log(sum) + highest - elem_at(logits[start + label / ELEM_SIZE], label % ELEM_SIZE));
		losses[row] = select(NAN_BITS, loss, faults[0] == 0u);
	}
	if (params.gradient == 1u) {
		storageBarrier(); // the loss reads its logit before any thread overwrites it
		let scale = step.loss_scale / sum;
		for (var i = start + lid; i < end; i += WORKGROUP) {
			logits[i] = exp(logits[i] - highest) * scale - elem_is((i - start) * ELEM_SIZE, label) * step.loss_scale;
		}
	}
}
