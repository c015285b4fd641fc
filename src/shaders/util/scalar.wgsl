// Numbers one at a time, for rows whose width is not a multiple of four. The same names as vec4.wgsl.
alias Elem = f32;
alias Words = u32; // words of a weight as stored
const ELEM_SIZE = 1u; // numbers in an element

fn elem_sum(x: Elem) -> f32 {
	return x;
}

fn elem_max(x: Elem) -> f32 {
	return x;
}

// Number `k` of an element.
fn elem_at(x: Elem, k: u32) -> f32 {
	return x;
}

// 1 where an element that starts at `first` contains `index`, else 0.
fn elem_is(first: u32, index: u32) -> Elem {
	return select(0.0, 1.0, first == index);
}

fn elem_is_finite(x: Elem) -> bool {
	return (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u;
}

// Index of the word of element `i` of a weight, and its value.
fn words_index(i: u32, is_bf16: bool) -> u32 {
	return select(i, i >> 1u, is_bf16);
}

fn words_elem(words: Words, i: u32, is_bf16: bool) -> Elem {
	let half = select(words << 16u, words & 0xffff0000u, (i & 1u) == 1u);
	return bitcast<f32>(select(words, half, is_bf16));
}
