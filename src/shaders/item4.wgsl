// Numbers four at a time: software adapters load four for little more than the price of one. The same names as
// item1.wgsl.
alias Item = vec4<f32>;
alias Words = vec4<u32>; // an item of a weight as stored: f32 only
const ITEM = 4u; // numbers in an item

fn item_sum(x: Item) -> f32 {
	return (x.x + x.y) + (x.z + x.w);
}

fn item_max(x: Item) -> f32 {
	return max(max(x.x, x.y), max(x.z, x.w));
}

// Number `k` of an item.
fn item_at(x: Item, k: u32) -> f32 {
	return x[k];
}

// 1 where an item that starts at element `first` holds element `wanted`, else 0.
fn item_is(first: u32, wanted: u32) -> Item {
	return select(vec4(0.0), vec4(1.0), vec4(first, first + 1u, first + 2u, first + 3u) == vec4(wanted));
}

fn item_is_finite(x: Item) -> bool {
	return all((bitcast<vec4<u32>>(x) & vec4(0x7fffffffu)) < vec4(0x7f800000u));
}

// Where item `i` of a weight lies, and its value.
fn words_index(i: u32, is_bf16: bool) -> u32 {
	return i;
}

fn words_item(words: Words, i: u32, is_bf16: bool) -> Item {
	return bitcast<vec4<f32>>(words);
}
