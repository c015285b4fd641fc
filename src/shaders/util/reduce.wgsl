// Sum over a workgroup of WORKGROUP invocations, in a fixed order: the same bits on every run. One barrier and a short
// walk instead of a tree, because barriers are expensive on software adapters: keep WORKGROUP small. Consecutive sums in
// one invocation use different slots.
const SUM_SLOTS = 3u;
var<workgroup> partials: array<vec2<f32>, WORKGROUP * SUM_SLOTS>;

fn workgroup_sum(lid: u32, slot: u32, value: vec2<f32>) -> vec2<f32> {
	partials[slot * WORKGROUP + lid] = value;
	workgroupBarrier();
	var total = vec2(0.0, 0.0);
	for (var i = 0u; i < WORKGROUP; i++) {
		total += partials[slot * WORKGROUP + i];
	}
	return total;
}
