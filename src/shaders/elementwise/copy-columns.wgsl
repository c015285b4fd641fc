// Copies `width` columns of one matrix to columns of another, live rows only. x: [rows, from_width]; out: [rows, to_width]
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn element(i: u32) {
	let row = i / params.width;
	let column = i - row * params.width;
	out[row * params.to_width + params.to_start + column] = x[row * params.from_width + params.from_start + column];
}
