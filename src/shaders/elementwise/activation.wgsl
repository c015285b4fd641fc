// out = f(x), or with GRADIENT out = dout * f'(x), for the f that KIND names. x, dout, out: [rows, width]
@group(0) @binding(2) var<storage, read> x: array<Elem>;
@group(0) @binding(3) var<storage, read> dout: array<Elem>;
@group(0) @binding(4) var<storage, read_write> out: array<Elem>;

const RELU = 0u;
const GELU = 1u;
const GELU_TANH = 2u;

// erf by Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: within 1.5e-7.
fn erf(value: Elem) -> Elem {
	let a = abs(value);
	let t = 1.0 / (1.0 + 0.3275911 * a);
	let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
	return sign(value) * (1.0 - series * exp(-min(a * a, Elem(110.0))));
}

// The normal distribution function, and its density: gelu(x) = x * normal(x) (arXiv 1606.08415).
fn normal(value: Elem) -> Elem {
	return 0.5 * (1.0 + erf(value * 0.7071067811865476));
}

fn density(value: Elem) -> Elem {
	return 0.3989422804014327 * exp(-min(0.5 * value * value, Elem(110.0)));
}

fn element(i: u32) {
	let v = x[i];
	if (KIND == RELU) {
		let kept = select(Elem(0.0), Elem(1.0), v > Elem(0.0));
		out[i] = select(v, dout[i], GRADIENT) * kept;
	} else if (KIND == GELU_TANH) {
		let s = sigmoid(gate_argument(v));
		if (GRADIENT) {
			out[i] = dout[i] * s * (1.0 + v * gate_argument_slope(v) * (1.0 - s));
		} else {
			out[i] = v * s;
		}
	} else {
		let value = normal(v);
		if (GRADIENT) {
			out[i] = dout[i] * (value + v * density(v));
		} else {
			out[i] = v * value;
		}
	}
}
