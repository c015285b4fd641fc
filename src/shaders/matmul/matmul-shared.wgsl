// Strategy shared: a workgroup of THREADS_I × THREADS_J threads stages slices of A and B in workgroup memory, and each
// thread keeps ROWS × COLUMNS sums in registers: 64 × 64 sums by 16 × 16 threads is the usual starting point on real GPUs.
// unroll.ts unrolls the loops marked "unrolled". matmul.wgsl is included before this file.
const THREADS = THREADS_I * THREADS_J;
const TILE_I = THREADS_I * ROWS;
const TILE_J = THREADS_J * COLUMNS;

var<workgroup> slice_a: array<f32, TILE_I * UNROLL>; // [k, i]
var<workgroup> slice_b: array<f32, TILE_J * UNROLL>; // [k, j]

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
	let m = live_m();
	let n = live_n();
	let k0 = live_k0();
	let tile = group.y * groups.x + group.x;
	let tiles_i = (params.m + TILE_I - 1u) / TILE_I;
	let i0 = (tile % tiles_i) * TILE_I;
	let j0 = (tile / tiles_i) * TILE_J;
	if (i0 >= m || j0 >= n) {
		return;
	}
	let ti = thread / THREADS_J;
	let tj = thread % THREADS_J;
	var acc: array<f32, ROWS * COLUMNS>; // registers

	let slices0 = (k0 + UNROLL - 1u) / UNROLL;
	let slices1 = (params.k1 + UNROLL - 1u) / UNROLL;
	for (var slice = 0u; slice < slices0 + slices1; slice++) {
		let second = slice >= slices0;
		let k_first = select(slice, slice - slices0, second) * UNROLL;
		// Neighbouring threads read along the direction that is contiguous in memory.
		let a_along_k = select(params.a0_k, params.a1_k, second) == 1u;
		for (var e = thread; e < TILE_I * UNROLL; e += THREADS) {
			let i = select(e % TILE_I, e / UNROLL, a_along_k);
			let k = select(e / TILE_I, e % UNROLL, a_along_k);
			slice_a[k * TILE_I + i] = load_a(second, min(i0 + i, m - 1u), k_first + k, k0);
		}
		let b_along_k = select(params.b0_k, params.b1_k, second) == 1u;
		for (var e = thread; e < TILE_J * UNROLL; e += THREADS) {
			let j = select(e % TILE_J, e / UNROLL, b_along_k);
			let k = select(e / TILE_J, e % UNROLL, b_along_k);
			slice_b[k * TILE_J + j] = load_b(second, min(j0 + j, n - 1u), k_first + k, k0);
		}
		workgroupBarrier();
		for (var k = 0u; k < UNROLL; k++) {
			var a: array<f32, ROWS>; // registers
			var b: array<f32, COLUMNS>; // registers
			for (var r = 0u; r < ROWS; r++) { // unrolled
				a[r] = slice_a[k * TILE_I + r * THREADS_I + ti];
			}
			for (var c = 0u; c < COLUMNS; c++) { // unrolled
				b[c] = slice_b[k * TILE_J + c * THREADS_J + tj];
			}
			for (var r = 0u; r < ROWS; r++) { // unrolled
				for (var c = 0u; c < COLUMNS; c++) { // unrolled
					acc[r * COLUMNS + c] = fma(a[r], b[c], acc[r * COLUMNS + c]);
				}
			}
		}
		workgroupBarrier();
	}
	for (var r = 0u; r < ROWS; r++) { // unrolled
		let i = i0 + r * THREADS_I + ti;
		if (i < m) {
			for (var c = 0u; c < COLUMNS; c++) { // unrolled
				store(i, j0 + c * THREADS_J + tj, acc[r * COLUMNS + c], n);
			}
		}
	}
}

// Steps past the end are filled with zeros, so that a slice is always complete.
fn load_a(second: bool, i: u32, k: u32, k0: u32) -> f32 {
	if (second) {
		if (k < params.k1) {
			return factor1() * a1[params.a1_base + i * params.a1_i + k * params.a1_k];
		}
	} else if (k < k0) {
		return factor0() * a0_value(a0[a0_first() + i * params.a0_i + k * params.a0_k]);
	}
	return 0.0;
}

fn load_b(second: bool, j: u32, k: u32, k0: u32) -> f32 {
	if (second) {
		if (k < params.k1) {
			return b1[params.b1_base + k * params.b1_k + j * params.b1_j];
		}
	} else if (k < k0) {
		let from_k = k * params.b0_k;
		let from_j = j * params.b0_j;
		return b0_value(load_b_scalar(params.b0_base + select(from_k, from_j, ROWS_J), b0_first() + from_k + from_j));
	}
	return 0.0;
}
