// out = value. out: [rows, width]
@group(0) @binding(2) var<storage, read_write> out: array<Elem>;

fn element(i: u32) {
	out[i] = Elem(params.value);
}
