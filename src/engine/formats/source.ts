// Random access to bytes in memory, a Blob or a file (src/cli/node-files.ts).

export interface ByteSource {
	readonly size: number; // bytes
	/** Reads exactly `length` bytes from `offset` into a new buffer. */
	read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

export function bytesSource(bytes: Uint8Array): ByteSource {
	return {
		size: bytes.length,
		read: async (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
	};
}

/** @param size size of the whole file, if the blob is only its beginning */
export function blobSource(blob: Blob, size: number = blob.size): ByteSource {
	return {
		size,
		read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
	};
}
