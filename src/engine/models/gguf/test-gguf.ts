// Test helper: a GGUF file with other fields and tensors.
import { encodeFloat32 } from "../../formats/dtype.ts";
import { openGguf } from "../../formats/gguf.ts";
import { type GgufField, planGguf, writeGguf } from "../../formats/gguf-write.ts";
import { bytesSource } from "../../formats/source.ts";

export interface GgufChanges {
	readonly fields?: readonly GgufField[];
	readonly without?: readonly string[];
	/** Vectors to add, by name. */
	readonly tensors?: Readonly<Record<string, readonly number[]>>;
	/** Which of the file's tensors are written; all by default. */
	readonly only?: (index: number) => boolean;
}

export async function changedGguf(
	bytes: Uint8Array<ArrayBuffer>,
	{ fields = [], without = [], tensors = {}, only = () => true }: GgufChanges,
): Promise<Uint8Array<ArrayBuffer>> {
	const file = await openGguf(bytesSource(bytes), "base");
	const gone = new Set([...without, ...fields.map(({ key }) => key)]);
	const kept = [...file.fields].flatMap(([key, { offset, byteLength }]): GgufField[] =>
		gone.has(key) ? [] : [{ key, kind: "copied", value: bytes.subarray(offset, offset + byteLength) }],
	);
	const copied = [...file.tensors].filter((_, i) => only(i));
	return writeGguf(
		planGguf(
			[...kept, ...fields],
			[
				...copied.map(([name, { shape, type, offset, byteLength }]) => ({
					name,
					shape,
					type: type.name,
					bytes: () => bytes.subarray(offset, offset + byteLength),
				})),
				...Object.entries(tensors).map(([name, values]) => ({
					name,
					shape: [values.length],
					type: "F32",
					bytes: () => encodeFloat32(Float32Array.from(values)),
				})),
			],
		),
	);
}
