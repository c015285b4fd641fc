// 1 / (1 + exp(-x)), with an exponential that cannot overflow: WGSL may assume no infinity.
fn sigmoid(x: Item) -> Item {
	let e = exp(-abs(x));
	return select(e, Item(1.0), x >= Item(0.0)) / (1.0 + e);
}
