// Computes how matmul kernels address their operands: strides, and windows of matrices larger than a binding.
import type { TensorRange } from "./kernel.ts";
import {
	FLAT,
	type FlatForm,
	flatBytes,
	INT8_HEAD,
	int8RowBytes,
	type WeightFormat,
	weightFormatBytes,
} from "./weight-format.ts";

/** WebGPU's default minStorageBufferOffsetAlignment, the strictest a device may ask for. */
const ALIGNMENT = 256;

/** A matrix as the kernel addresses it: element (p, q) at base + slot·step.slot_tokens + p·stepP + q·stepQ. */
export interface Strided {
	readonly range: TensorRange;
	readonly base: number;
	readonly slot: number;
	readonly p: number;
	readonly q: number;
}

export interface Span {
	readonly first: number;
	readonly count: number;
}

/** The transposed view. */
export function flip({ p, q, ...rest }: Strided): Strided {
	return { ...rest, p: q, q: p };
}

/** A window of a [rows, width] matrix: rows of `r`, columns of `c`. The binding is the whole matrix if it fits, else these rows. */
export function strided(
	range: TensorRange,
	rows: number,
	width: number,
	storage: WeightFormat,
	r: Span,
	c: Span,
	bindingBytes: number,
): Strided {
	if (isFlat(storage)) return flatWindow(FLAT[storage], range, rows, width, r, c, bindingBytes);
	const { size, step, head } = rowForm(storage, width);
	if (head > 0 && c.first > 0) throw new Error(`a window of columns of ${storage} rows`);
	const start = r.first * step + head + c.first;
	if (Math.max(4, weightFormatBytes(storage, [rows, width])) <= bindingBytes)
		return { range, base: start, slot: 0, p: step, q: 1 };
	const offset = Math.floor((r.first * step * size) / ALIGNMENT) * ALIGNMENT;
	const end = Math.ceil(((r.first + r.count) * step * size) / 4) * 4;
	return {
		range: {
			tensor: range.tensor,
			offset: (range.offset ?? 0) + offset,
			size: end - offset,
		},
		base: start - offset / size,
		slot: 0,
		p: step,
		q: 1,
	};
}

/** Bytes of an element, elements per stored row, and elements before the first of a row. */
function rowForm(storage: Exclude<WeightFormat, keyof typeof FLAT>, width: number) {
	if (storage === "int8") return { size: 1, step: int8RowBytes(width), head: INT8_HEAD };
	return { size: storage === "bf16" ? 2 : 4, step: width, head: 0 };
}

const isFlat = (storage: WeightFormat): storage is keyof typeof FLAT => Object.hasOwn(FLAT, storage);

/** A window that starts at a block whose offset is aligned. */
function flatWindow(
	form: FlatForm,
	range: TensorRange,
	rows: number,
	width: number,
	r: Span,
	c: Span,
	bindingBytes: number,
): Strided {
	const first = r.first * width;
	if (flatBytes(form, rows * width) <= bindingBytes) return { range, base: first + c.first, slot: 0, p: width, q: 1 };
	const blocks = Math.floor(first / (form.aligned * form.elements)) * form.aligned;
	const offset = blocks * form.bytes;
	return {
		range: {
			tensor: range.tensor,
			offset: (range.offset ?? 0) + offset,
			size: flatBytes(form, (r.first + r.count) * width) - offset,
		},
		base: first + c.first - blocks * form.elements,
		slot: 0,
		p: width,
		q: 1,
	};
}

/** Rows of a [rows, width] matrix that fit into one binding. */
export function rowsPerBinding(rows: number, width: number, storage: WeightFormat, bindingBytes: number): number {
	if (weightFormatBytes(storage, [rows, width]) <= bindingBytes) return rows;
	if (isFlat(storage)) {
		const { elements, bytes, aligned } = FLAT[storage];
		const blocks = Math.floor(bindingBytes / bytes) - aligned; // starts up to a window early
		const fit = Math.floor((blocks * elements) / width);
		if (fit < 1) throw new Error(`a row of ${width} ${storage} weights does not fit into a binding of ${bindingBytes}`);
		return fit;
	}
	const { size, step } = rowForm(storage, width);
	const rowBytes = step * size;
	const fit = Math.floor((bindingBytes - ALIGNMENT - 4) / rowBytes); // starts up to 255 bytes early, ends up to 3 late
	if (fit < 1) throw new Error(`a row of ${rowBytes} bytes does not fit into a binding of ${bindingBytes}`);
	return fit;
}

/** Splits 0 … count into spans of `step`. */
export function spans(count: number, step: number): Span[] {
	const out: Span[] = [];
	for (let first = 0; first < count; first += step) out.push({ first, count: Math.min(step, count - first) });
	return out;
}
