// Sum over a workgroup of WORKGROUP invocations (a power of two), in a fixed order: the same bits on every run.
var<workgroup> partials: array<vec2<f32>, WORKGROUP>;

fn workgroup_sum(lane: u32, value: vec2<f32>) -> vec2<f32> {
	partials[lane] = value;
	workgroupBarrier();
	for (var span = WORKGROUP / 2u; span > 0u; span /= 2u) {
		if (lane < span) {
			partials[lane] += partials[lane + span];
		}
		workgroupBarrier();
	}
	let total = partials[0];
	workgroupBarrier(); // before a next sum writes over it
	return total;
}
