// 1 / (1 + exp(-x)), with an exponential that cannot overflow: WGSL may assume no infinity.
fn sigmoid(x: Item) -> Item {
	let e = exp(-abs(x));
	return select(e, Item(1.0), x >= Item(0.0)) / (1.0 + e);
}

// silu and the tanh form of gelu (arXiv 1606.08415) are both x * sigmoid(bend(x)), the latter since (1 + tanh(u)) / 2 =
// sigmoid(2u), u = sqrt(2 / pi) (x + 0.044715 x^3). Past 20 the sigmoid is 0 or 1.
fn bend(x: Item) -> Item {
	if (TANH_GELU) {
		let c = clamp(x, Item(-20.0), Item(20.0));
		return 1.5957691216057308 * c * (1.0 + 0.044715 * c * c);
	}
	return x;
}

fn bend_slope(x: Item) -> Item {
	if (TANH_GELU) {
		let c = clamp(x, Item(-20.0), Item(20.0));
		return 1.5957691216057308 * (1.0 + 0.134145 * c * c);
	}
	return Item(1.0);
}
