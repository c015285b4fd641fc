// out = x * gain (+ bias), column by column: every row is multiplied by the same gains. x, out: [rows, width]; gain, bias: [width]
@group(0) @binding(2) var<storage, read> x: array<Elem>;
@group(0) @binding(3) var<storage, read> gain: array<Elem>;
@group(0) @binding(4) var<storage, read> bias: array<Elem>;
@group(0) @binding(5) var<storage, read_write> out: array<Elem>;

fn element(i: u32) {
	let column = i % params.width;
	var value = x[i] * gain[column];
	if (BIASED) {
		value += bias[column];
	}
	out[i] = value;
}
