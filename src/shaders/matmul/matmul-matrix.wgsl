// Strategy matrix: strategy block, with subgroup matrices instead of sums in the threads' registers. Operands are staged as ELEMENT,
// f16 or f32, A as [k, i] and B as [k, j]; sums are f32. matmul-matrix-native.wgsl has the operations.
var<workgroup> shared_elements: array<ELEMENT, SHARED_QUADS * 4u>;
var<workgroup> shared_sums: array<f32, TILE_I / MATRICES_I * TILE_J>; // one row of the matrices of each subgroup

fn set_shared0(at: u32, quad: vec4f) {
	for (var e = 0u; e < 4u; e++) {
		shared_elements[4u * at + e] = element_of(quad[e]);
	}
}

// Finite numbers beyond float16's range become the largest float16; NaN and infinities stay.
fn element_of(x: f32) -> ELEMENT {
	if (!HALF || (bitcast<u32>(x) & 0x7fffffffu) >= 0x7f800000u) {
		return ELEMENT(x);
	}
	return ELEMENT(clamp(x, -65504.0, 65504.0));
}
