// The weight of a norm: [width], f32 or bf16 pairs. ONE_PLUS: the file stores the weight minus 1 (Gemma).
@group(0) @binding(3) var<storage, read> weight: array<Words>;

fn weight_at(c: u32) -> Elem {
	let stored = words_elem(weight[words_index(c, WEIGHT_BF16)], c, WEIGHT_BF16);
	return select(stored, 1.0 + stored, ONE_PLUS);
}
