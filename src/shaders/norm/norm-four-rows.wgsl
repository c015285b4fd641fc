// Sums over four rows at once, one in each component, of the numbers of a workgroup's threads,
// first of every sixteenth, then of those sums.
var<workgroup> partial: array<vec4<f32>, WORKGROUP>;

fn four_sums(thread: u32, mine: vec4<f32>) -> vec4<f32> {
	workgroupBarrier();
	partial[thread] = mine;
	workgroupBarrier();
	var sum = vec4(0.0);
	for (var i = thread % 16u; i < WORKGROUP * params.once; i += 16u) {
		sum += partial[i];
	}
	workgroupBarrier();
	partial[thread] = sum;
	workgroupBarrier();
	sum = vec4(0.0);
	for (var i = 0u; i < 16u * params.once; i++) {
		sum += partial[i];
	}
	return sum;
}

fn row_sums(m: mat4x4<f32>) -> vec4<f32> {
	return vec4(1.0) * m;
}

fn row_products(a: mat4x4<f32>, b: mat4x4<f32>) -> vec4<f32> {
	return vec4(dot(a[0], b[0]), dot(a[1], b[1]), dot(a[2], b[2]), dot(a[3], b[3]));
}
