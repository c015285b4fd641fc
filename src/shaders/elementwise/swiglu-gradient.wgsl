// Both gradients of out = f(gate) * up in one pass. With s = sigmoid(gate_argument(gate)):
// dgate = dout * up * s * (1 + gate * gate_argument'(gate) * (1 - s)), dup = dout * gate * s. All: [rows, width]
@group(0) @binding(2) var<storage, read> gate: array<Elem>;
@group(0) @binding(3) var<storage, read> up: array<Elem>;
@group(0) @binding(4) var<storage, read> dout: array<Elem>;
@group(0) @binding(5) var<storage, read_write> dgate: array<Elem>;
@group(0) @binding(6) var<storage, read_write> dup: array<Elem>;

fn element(i: u32) {
	let g = gate[i];
	let d = dout[i];
	let s = sigmoid(gate_argument(g));
	dgate[i] = d * up[i] * s * (1.0 + g * gate_argument_slope(g) * (1.0 - s));
	dup[i] = d * g * s;
}
