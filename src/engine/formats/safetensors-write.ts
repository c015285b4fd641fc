// Writes safetensors byte for byte as the safetensors library does (`prepare` in safetensors/src/tensor.rs), so that a file that is
// read and written again is unchanged. Large files are streamed: the header, then the tensors in its order.
import { DTYPE_BYTES } from "./dtype.ts";
import { requireFinite } from "./finite.ts";
import { byCodePoint } from "./json.ts";
import { byteSize } from "./safetensors.ts";

export interface TensorToWrite {
	readonly name: string;
	readonly dtype: string;
	readonly shape: readonly number[];
}

const DTYPES = Object.keys(DTYPE_BYTES);

/**
 * The header, padded with spaces to 8 bytes, and the order of the tensors' bytes: by dtype as in DTYPE_BYTES, then by name.
 * Metadata keeps its order; the library's is random from two keys on.
 */
export function safetensorsHeader<T extends TensorToWrite>(
	tensors: readonly T[],
	metadata: Readonly<Record<string, string>>,
): { header: Uint8Array<ArrayBuffer>; order: T[] } {
	const order = [...tensors].sort(
		(a, b) => DTYPES.indexOf(a.dtype) - DTYPES.indexOf(b.dtype) || byCodePoint(a.name, b.name),
	);
	// Joined by hand, because an object would put keys that look like numbers first and drop "__proto__".
	const parts = Object.keys(metadata).length === 0 ? [] : [`"__metadata__":${JSON.stringify(metadata)}`];
	let at = 0;
	const names = new Set<string>(["__metadata__"]);
	for (const { name, dtype, shape } of order) {
		const size = byteSize(dtype, shape);
		if (!Number.isSafeInteger(size)) throw new Error(`${name} cannot be [${shape.join(", ")}] ${dtype}`);
		if (names.has(name)) throw new Error(`there are two tensors ${name}`);
		names.add(name);
		parts.push(
			`${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data_offsets":[${at},${at + size}]}`,
		);
		at += size;
	}
	const json = new TextEncoder().encode(`{${parts.join(",")}}`);
	const padded = Math.ceil(json.length / 8) * 8;
	const header = new Uint8Array(8 + padded).fill(0x20);
	new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
	header.set(json, 8);
	return { header, order };
}

/**
 * A whole safetensors file in memory. `bytes` are a tensor's raw little-endian elements.
 * @throws TabTuneError "adapter" for NaN or infinity
 */
export function writeSafetensors(
	tensors: readonly (TensorToWrite & { readonly bytes: Uint8Array })[],
	metadata: Readonly<Record<string, string>>,
	{ finite = true }: { readonly finite?: boolean } = {},
): Uint8Array<ArrayBuffer> {
	const { header, order } = safetensorsHeader(tensors, metadata);
	const file = new Uint8Array(header.length + order.reduce((total, { bytes }) => total + bytes.length, 0));
	file.set(header);
	let at = header.length;
	for (const { name, dtype, shape, bytes } of order) {
		if (bytes.length !== byteSize(dtype, shape)) {
			throw new Error(`${name} is [${shape.join(", ")}] ${dtype} but has ${bytes.length} bytes`);
		}
		if (finite) requireFinite(name, shape, bytes, dtype);
		file.set(bytes, at);
		at += bytes.length;
	}
	return file;
}
