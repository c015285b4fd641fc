// Random access to bytes, wherever they lie: memory, a Blob (the page), a file (the command brings its own). To add a
// place: an object with `size` and `read`.

export interface ByteSource {
	readonly size: number; // bytes
	/** Exactly `length` bytes from `offset`, at the start of a buffer of their own. */
	read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

export function bytesSource(bytes: Uint8Array): ByteSource {
	return {
		size: bytes.length,
		read: async (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
	};
}

/** @param size of the whole file, where the blob is only its head */
export function blobSource(blob: Blob, size: number = blob.size): ByteSource {
	return {
		size,
		read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
	};
}
