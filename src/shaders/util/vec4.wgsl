// Numbers four at a time: software adapters load four for little more than the price of one. The same names as
// scalar.wgsl.
alias Elem = vec4<f32>;
alias Words = vec4<u32>; // words of a weight as stored: f32 only
const ELEM_SIZE = 4u; // numbers in an element

fn elem_sum(x: Elem) -> f32 {
	return (x.x + x.y) + (x.z + x.w);
}

fn elem_max(x: Elem) -> f32 {
	return max(max(x.x, x.y), max(x.z, x.w));
}

// Number `k` of an element.
fn elem_at(x: Elem, k: u32) -> f32 {
	return x[k];
}

// 1 where an element that starts at `first` contains `index`, else 0.
fn elem_is(first: u32, index: u32) -> Elem {
	return select(vec4(0.0), vec4(1.0), vec4(first, first + 1u, first + 2u, first + 3u) == vec4(index));
}

fn elem_is_finite(x: Elem) -> bool {
	return all((bitcast<vec4<u32>>(x) & vec4(0x7fffffffu)) < vec4(0x7f800000u));
}

// Index of the word of element `i` of a weight, and its value.
fn words_index(i: u32, is_bf16: bool) -> u32 {
	return i;
}

fn words_elem(words: Words, i: u32, is_bf16: bool) -> Elem {
	return bitcast<vec4<f32>>(words);
}
