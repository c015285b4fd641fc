// Splits tensors larger than the maximum binding size into windows with aligned byte offsets, for kernels that read a large
// table or process a flat buffer.

/** WebGPU's default minStorageBufferOffsetAlignment, the strictest that a device may ask for. */
const ALIGNMENT = 256;

export interface RowWindow {
	readonly firstRow: number;
	readonly endRow: number;
	/** The element of the tensor at which the binding starts; row firstRow begins at it or slightly later. */
	readonly base: number;
	readonly offset: number; // bytes
	readonly size: number; // bytes, a multiple of 4
}

/**
 * Windows of whole rows of a [rows, width] tensor, each within `bindingBytes`.
 * @param elementBytes 4, or 2 for packed pairs
 * @throws Error when one row does not fit into a binding
 */
export function rowWindows(rows: number, width: number, elementBytes: number, bindingBytes: number): RowWindow[] {
	const total = Math.max(4, Math.ceil((rows * width * elementBytes) / 4) * 4);
	if (total <= bindingBytes) return [{ firstRow: 0, endRow: rows, base: 0, offset: 0, size: total }];
	const rowBytes = width * elementBytes;
	// A window starts up to ALIGNMENT - 1 bytes early and ends up to 3 bytes late.
	const perWindow = Math.floor((bindingBytes - ALIGNMENT - 4) / rowBytes);
	if (perWindow < 1) throw new Error(`a row of ${rowBytes} bytes does not fit into a binding of ${bindingBytes}`);
	const windows: RowWindow[] = [];
	for (let firstRow = 0; firstRow < rows; firstRow += perWindow) {
		const endRow = Math.min(rows, firstRow + perWindow);
		const offset = Math.floor((firstRow * rowBytes) / ALIGNMENT) * ALIGNMENT;
		const end = Math.ceil((endRow * rowBytes) / 4) * 4;
		windows.push({ firstRow, endRow, base: offset / elementBytes, offset, size: end - offset });
	}
	return windows;
}

/** Windows of a flat f32 buffer of `count` elements, each a multiple of `block` elements but the last. block: a multiple of 64 */
export function flatWindows(
	count: number,
	block: number,
	bindingBytes: number,
): { readonly first: number; readonly count: number }[] {
	const perWindow = Math.floor(bindingBytes / (block * 4)) * block;
	if (perWindow < 1) throw new Error(`a block of ${block * 4} bytes does not fit into a binding of ${bindingBytes}`);
	const windows = [];
	for (let first = 0; first < count; first += perWindow)
		windows.push({ first, count: Math.min(perWindow, count - first) });
	return windows;
}
