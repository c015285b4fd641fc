// Strategy block, for GPUs: GROUP threads compute a tile of TILE_I × TILE_J, each of them ROWS × COLUMNS of its sums in
// registers. Slices of A and B, UNROLL steps of K deep, are staged in workgroup memory as vec4s along i and j, and the next
// slice is loaded while this one is multiplied. A workgroup has SPLITS such groups, which take turns at the slices and add
// their sums at the end: few outputs still occupy many threads. unroll.ts unrolls the loops marked "unrolled".
// A quad is four numbers along the direction in which an operand is contiguous: K where …_ALONG_K, else i or j.
// matmul.wgsl is included before this file; load_b4 and load_b_scalar come from dequant-*.wgsl, store_quad from
// matmul-store-*.wgsl, workgroup memory from matmul-block-memory*.wgsl. matmul-block.ts replaces segment0(), segment1() and
// add_splits() by texts.
const GROUP = THREADS_I * THREADS_J;
const TILE_I = THREADS_I * ROWS;
const TILE_J = THREADS_J * COLUMNS;
const QUADS_I = TILE_I / 4;
const QUADS_J = TILE_J / 4;
const QUADS_K = UNROLL / 4;
const STAGED_A = (QUADS_I * QUADS_K + GROUP - 1) / GROUP; // blocks of 4 × 4 that a thread stages
const STAGED_B = (QUADS_J * QUADS_K + GROUP - 1) / GROUP;
const ROW_QUADS = ROWS / 4;
const COLUMN_QUADS = COLUMNS / 4;

@compute @workgroup_size(GROUP * SPLITS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
	let m = live_m();
	let n = live_n();
	let end0 = live_k0();
	let end1 = params.k1;
	let tile = group.y * groups.x + group.x;
	let tiles_i = (params.m + TILE_I - 1u) / TILE_I;
	let i0 = (tile % tiles_i) * TILE_I;
	let j0 = (tile / tiles_i) * TILE_J;
	if (i0 >= m || j0 >= n) {
		return;
	}
	let split = select(invocation / GROUP, 0u, SPLITS == 1u);
	let thread = invocation % GROUP;
	let ti = thread / THREADS_J;
	let tj = thread % THREADS_J;
	let first_a = split * UNROLL * (QUADS_I + QUADS_J); // [k, i / 4]
	let first_b = first_a + UNROLL * QUADS_I; // [k, j / 4]
	var acc: array<vec4f, ROWS * COLUMN_QUADS>; // registers
	var a: array<vec4f, STAGED_A * 4>; // registers
	var b: array<vec4f, STAGED_B * 4>; // registers
	var a_at: array<u32, STAGED_A * 4>; // registers
	var b_at: array<u32, STAGED_B * 4>; // registers
	var b_row: array<u32, STAGED_B * 4>; // registers

	segment0();
	segment1();

	add_splits();
	if (split > 0u) {
		return;
	}

	let out_at = params.out_base + params.out_slot * step.slot_tokens;
	for (var r = 0u; r < ROW_QUADS; r++) { // unrolled
		for (var c = 0u; c < COLUMN_QUADS; c++) { // unrolled
			let i = i0 + (r * THREADS_I + ti) * 4u;
			let j = j0 + (c * THREADS_J + tj) * 4u;
			let at = out_at + i * params.out_i + j * params.out_j;
			for (var e = 0u; e < 4u; e++) { // unrolled
				var value = acc[(r * 4 + e) * COLUMN_QUADS + c];
				if (BIASED) {
					for (var f = 0u; f < 4u; f++) { // unrolled
						value[f] += bias[params.bias_base + j + f];
					}
				}
				acc[(r * 4 + e) * COLUMN_QUADS + c] = value;
			}
			for (var e = 0u; e < 4u; e++) { // unrolled
				if (OUT_ALONG_J) {
					if (i + e < m && j < n) {
						store_quad(at + e * params.out_i, params.out_j, acc[(r * 4 + e) * COLUMN_QUADS + c], n - j);
					}
				} else if (j + e < n && i < m) {
					let value = vec4f(acc[r * 4 * COLUMN_QUADS + c][e], acc[(r * 4 + 1) * COLUMN_QUADS + c][e], acc[(r * 4 + 2) * COLUMN_QUADS + c][e], acc[(r * 4 + 3) * COLUMN_QUADS + c][e]);
					store_quad(at + e * params.out_j, params.out_i, value, m - i);
				}
			}
		}
	}
}

fn a0_staged(quad: vec4f) -> vec4f {
	return quad * f32(HALF_A);
}

fn b0_staged(quad: vec4f) -> vec4f {
	return quad * f32(HALF_B);
}

fn a1_staged(quad: vec4f) -> vec4f {
	return quad;
}

fn b1_staged(quad: vec4f) -> vec4f {
	return quad;
}

fn a1_first() -> u32 {
	return params.a1_base;
}

fn b1_first() -> u32 {
	return params.b1_base;
}

// Zeros in place of steps past the end.
fn steps_of(quad: vec4f, k: u32, end: u32, whole: bool) -> vec4f {
	return select(vec4f(), quad, vec4(whole) | (vec4(k) + vec4(0u, 1u, 2u, 3u) < vec4(end)));
}

fn step_of(quad: vec4f, k: u32, end: u32, whole: bool) -> vec4f {
	return select(vec4f(), quad, whole || k < end);
}

// Four numbers from an index: one load where the operand is bound as vec4s (…_RUN), two if the index is no multiple of four
// (A0_SHIFTED, of logits with an odd vocabulary), else one for each.
fn a0_quad(at: u32, stride: u32) -> vec4f {
	if (A0_RUN) {
		return vec4f(a0[at >> 2u]);
	}
	if (A0_SHIFTED) {
		return run_of(vec4f(a0[at >> 2u]), vec4f(a0[(at >> 2u) + 1u]), at & 3u);
	}
	return vec4f(vec4f(a0[at]).x, vec4f(a0[at + stride]).x, vec4f(a0[at + 2u * stride]).x, vec4f(a0[at + 3u * stride]).x);
}

// Four numbers from index `first` of eight, which is at most 3.
fn run_of(low: vec4f, high: vec4f, first: u32) -> vec4f {
	let two = first > 1u;
	let even = select(low, vec4f(low.zw, high.xy), two);
	return select(even, vec4f(even.yzw, select(high.x, high.z, two)), (first & 1u) == 1u);
}

fn a1_quad(at: u32, stride: u32) -> vec4f {
	if (A1_RUN) {
		return vec4f(a1[at >> 2u]);
	}
	return vec4f(vec4f(a1[at]).x, vec4f(a1[at + stride]).x, vec4f(a1[at + 2u * stride]).x, vec4f(a1[at + 3u * stride]).x);
}

// `row` is the start of the stored row, where some formats have a scale: the row of j (ROWS_J) or of k.
fn b0_quad(row: u32, at: u32, stride: u32) -> vec4f {
	if (B0_RUN) {
		return load_b4(row, at);
	}
	let rows = select(stride, 0u, ROWS_J == B0_ALONG_K);
	return vec4f(load_b_scalar(row, at), load_b_scalar(row + rows, at + stride), load_b_scalar(row + 2u * rows, at + 2u * stride), load_b_scalar(row + 3u * rows, at + 3u * stride));
}

fn b1_quad(row: u32, at: u32, stride: u32) -> vec4f {
	if (B1_RUN) {
		return vec4f(b1[at >> 2u]);
	}
	return vec4f(vec4f(b1[at]).x, vec4f(b1[at + stride]).x, vec4f(b1[at + 2u * stride]).x, vec4f(b1[at + 3u * stride]).x);
}
