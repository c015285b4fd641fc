// out = f(gate) * up, f(g) = g * sigmoid(gate_argument(g)): silu, or gelu in its tanh form. gate, up, out: [rows, width]
@group(0) @binding(2) var<storage, read> gate: array<Elem>;
@group(0) @binding(3) var<storage, read> up: array<Elem>;
@group(0) @binding(4) var<storage, read_write> out: array<Elem>;

fn element(i: u32) {
	let g = gate[i];
	out[i] = g * sigmoid(gate_argument(g)) * up[i];
}
