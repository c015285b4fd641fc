// out[t] = x[t] where index[t] is 0, else table[index[t] - 1]. With GRADIENT: out[t] = x[t] where index[t] is 0, else zeros.
// x, out: [rows, width]; table: [entries, width]; index: [rows]
@group(0) @binding(2) var<storage, read> x: array<Elem>;
@group(0) @binding(3) var<storage, read> table: array<Elem>;
@group(0) @binding(4) var<storage, read> index: array<u32>;
@group(0) @binding(5) var<storage, read_write> out: array<Elem>;

fn element(i: u32) {
	let entry = index[i / params.width];
	if (entry == 0u) {
		out[i] = x[i];
	} else if (GRADIENT) {
		out[i] = Elem(0.0);
	} else {
		out[i] = table[(entry - 1u) * params.width + i % params.width];
	}
}
