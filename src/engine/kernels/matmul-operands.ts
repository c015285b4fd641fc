// How the matmul kernels address their operands: strides, and windows of matrices that are larger than a binding.
import type { TensorRange } from "./kernel.ts";
import type { Storage } from "./tuning.ts";

/** A matrix as the kernel addresses it: element (p, q) at base + lane·step.lane_tokens + p·stepP + q·stepQ. */
export interface Strided {
	readonly range: TensorRange;
	readonly base: number;
	readonly lane: number;
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

/** A window of a [rows, width] matrix: rows of `r`, columns of `c`. Bound whole where it fits, else its rows alone. */
export function strided(
	range: TensorRange,
	rows: number,
	width: number,
	storage: Storage,
	r: Span,
	c: Span,
	bindingBytes: number,
): Strided {
	const size = storage === "bf16" ? 2 : 4;
	const total = Math.max(4, Math.ceil((rows * width * size) / 4) * 4);
	const start = r.first * width + c.first;
	if (total <= bindingBytes) return { range, base: start, lane: 0, p: width, q: 1 };
	const offset = Math.floor((r.first * width * size) / ALIGNMENT) * ALIGNMENT;
	const end = Math.ceil(((r.first + r.count) * width * size) / 4) * 4;
	return {
		range: {
			tensor: range.tensor,
			offset: (range.offset ?? 0) + offset,
			size: end - offset,
		},
		base: start - offset / size,
		lane: 0,
		p: width,
		q: 1,
	};
}

/** WebGPU's default minStorageBufferOffsetAlignment, the strictest a device may ask for. */
const ALIGNMENT = 256;

/** Rows of a [rows, width] matrix that fit into one binding. */
export function rowsPerBinding(rows: number, width: number, storage: Storage, bindingBytes: number): number {
	const rowBytes = width * (storage === "bf16" ? 2 : 4);
	if (Math.ceil((rows * rowBytes) / 4) * 4 <= bindingBytes) return rows;
	const fit = Math.floor((bindingBytes - ALIGNMENT - 4) / rowBytes); // starts up to 255 bytes early, ends up to 3 late
	if (fit < 1) throw new Error(`a row of ${rowBytes} bytes does not fit into a binding of ${bindingBytes}`);
	return fit;
}

/** 0 … count in steps. */
export function spans(count: number, step: number): Span[] {
	const out: Span[] = [];
	for (let first = 0; first < count; first += step) out.push({ first, count: Math.min(step, count - first) });
	return out;
}
