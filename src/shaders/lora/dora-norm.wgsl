// norm[o] = length of row o of W + s B A, from products that are small: the rows' squares, P = A Wᵀ and G = A Aᵀ. One thread
// a row: |w + s b A|² = |w|² + 2 s b·P[:, o] + s² b G bᵀ.
// squares, norm: [rows]; P: [rank, rows]; G: [rank, rank]; B: [rows, rank]
struct Params {
	rows: u32,
	rank: u32,
	scale: f32,
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> squares: array<f32>;
@group(0) @binding(3) var<storage, read> P: array<f32>;
@group(0) @binding(4) var<storage, read> G: array<f32>;
@group(0) @binding(5) var<storage, read> B: array<f32>;
@group(0) @binding(6) var<storage, read_write> norm: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let row = id.y * groups.x * 64u + id.x;
	if (row >= params.rows) {
		return;
	}
	let s = params.scale * step.adapter_strength;
	var cross = 0.0;
	var own = 0.0;
	for (var k = 0u; k < params.rank; k++) {
		let b = B[row * params.rank + k];
		cross = fma(b, P[k * params.rows + row], cross);
		var product = 0.0;
		for (var l = 0u; l < params.rank; l++) {
			product = fma(G[k * params.rank + l], B[row * params.rank + l], product);
		}
		own = fma(b, product, own);
	}
	norm[row] = sqrt(max(0.0, squares[row] + s * (2.0 * cross + s * own)));
}
