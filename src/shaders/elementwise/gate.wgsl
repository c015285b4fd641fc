// 1 / (1 + exp(-x)), with an exponential that cannot overflow: WGSL may assume no infinity.
fn sigmoid(x: Elem) -> Elem {
	let e = exp(-abs(x));
	return select(e, Elem(1.0), x >= Elem(0.0)) / (1.0 + e);
}

// silu and the tanh form of gelu (arXiv 1606.08415) are both x * sigmoid(gate_argument(x)), the latter since (1 + tanh(u)) / 2 =
// sigmoid(2u), u = sqrt(2 / pi) (x + 0.044715 x^3). Past 20 the sigmoid is 0 or 1.
fn gate_argument(x: Elem) -> Elem {
	if (TANH_GELU) {
		let c = clamp(x, Elem(-20.0), Elem(20.0));
		return 1.5957691216057308 * c * (1.0 + 0.044715 * c * c);
	}
	return x;
}

fn gate_argument_slope(x: Elem) -> Elem {
	if (TANH_GELU) {
		let c = clamp(x, Elem(-20.0), Elem(20.0));
		return 1.5957691216057308 * (1.0 + 0.134145 * c * c);
	}
	return Elem(1.0);
}
