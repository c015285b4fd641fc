// out = x, live rows only. x, out: [rows, width]
@group(0) @binding(2) var<storage, read> x: array<Elem>;
@group(0) @binding(3) var<storage, read_write> out: array<Elem>;

fn element(i: u32) {
	out[i] = x[i];
}
