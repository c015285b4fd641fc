// The common part of all matmul strategies: out = Σ over two segments of scale · op(A)·op(B) (+ bias) (+ out).
// Operands are addressed by strides, so the same code covers every transposition: op(A)[i, k] = a[base + i·a_i + k·a_k],
// op(B)[k, j] = b[base + k·b_k + j·b_j]. Segment 1 contains LoRA's extra columns; k1 = 0 omits it.
// Multi-LoRA: the tokens of all adapter slots are stacked on the token axis, and a product of one slot starts `…_slot`
// elements further in for each token of a slot (0: all slots share the operand).
struct Params {
	m: u32,
	n: u32,
	live_axis: u32,
	live_offset: u32,
	live_dimension: u32, // the dimension that the live rows limit: 0 m, 1 n, 2 the K loop of segment 0
	out_base: u32,
	out_slot: u32,
	out_i: u32,
	out_j: u32,
	accumulate: u32,
	bias_base: u32,
	biased: u32,
	k0: u32,
	a0_base: u32,
	a0_slot: u32,
	a0_i: u32,
	a0_k: u32,
	b0_base: u32,
	b0_slot: u32,
	b0_k: u32,
	b0_j: u32,
	scale0: f32,
	adapter0: u32,
	k1: u32,
	a1_base: u32,
	a1_i: u32,
	a1_k: u32,
	b1_base: u32,
	b1_k: u32,
	b1_j: u32,
	scale1: f32,
	adapter1: u32,
}
@group(0) @binding(1) var<uniform> params: Params;
// The elements are f32, and u32 for b0 (f32 bits, bf16 pairs, or quantised). Strategy block binds vectors of them.
@group(0) @binding(2) var<storage, read> a0: array<A0>;
@group(0) @binding(3) var<storage, read> b0: array<B0>;
@group(0) @binding(4) var<storage, read> a1: array<A1>;
@group(0) @binding(5) var<storage, read> b1: array<B1>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<OUT>;

// Values of LAYOUT: how B of segment 0 is stored, and whether one load gives several numbers. Weights are read by load_b_scalar and
// load_b4 of dequant-*.wgsl, which take the start of the element's row. ROWS_J: rows of the stored matrix are columns of
// op(B); floats ignore it.
const B_F32 = 0u;
const B_BF16 = 1u; // at any index
const B_PAIRS_K = 2u; // b_k = 1, everything else even
const B_PAIRS_J = 3u; // b_j = 1, everything else even
const B_PACKED = 4u; // quantised, at any index
const B_RUNS_K = 5u; // quantised, b_k = 1, everything else a multiple of 4
const B_RUNS_J = 6u; // quantised, b_j = 1, everything else a multiple of 4

fn a0_first() -> u32 {
	return params.a0_base + params.a0_slot * step.slot_tokens;
}

fn b0_first() -> u32 {
	return params.b0_base + params.b0_slot * step.slot_tokens;
}

fn live_m() -> u32 {
	return select(params.m, live_rows(params.m, params.live_axis, params.live_offset), params.live_dimension == 0u);
}

fn live_n() -> u32 {
	return select(params.n, live_rows(params.n, params.live_axis, params.live_offset), params.live_dimension == 1u);
}

fn live_k0() -> u32 {
	return select(params.k0, live_rows(params.k0, params.live_axis, params.live_offset), params.live_dimension == 2u);
}

fn factor0() -> f32 {
	return params.scale0 * select(1.0, step.adapter_strength, params.adapter0 == 1u) * (1.0 / (f32(HALF_A) * f32(HALF_B)));
}

fn factor1() -> f32 {
	return params.scale1 * select(1.0, step.adapter_strength, params.adapter1 == 1u);
}
