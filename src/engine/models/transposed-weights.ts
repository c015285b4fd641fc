// Presents [in, out] weights (GPT-2's Conv1D) as [out, in], the orientation that loading and quantisation expect;
// merged-model.ts transposes them back.
import type { TensorEntry, TensorFile } from "../formats/index.ts";
import type { ModelFamily } from "./family.ts";

/** @param files of a Hugging Face folder, with the family's names */
export function withTransposedWeights({ transposed }: ModelFamily, files: TensorFile): TensorFile {
	if (transposed === undefined) return files;
	const tensors = new Map<string, TensorEntry>();
	for (const [name, entry] of files.tensors)
		tensors.set(name, isTransposed(transposed, name, entry) ? { ...entry, shape: [...entry.shape].reverse() } : entry);
	const { readRange } = files;
	let last: { name: string; bytes: Uint8Array<ArrayBuffer> } | null = null;
	const transposedBytes = async (name: string, entry: TensorEntry) => {
		if (last?.name !== name) {
			const [rows, columns] = entry.shape;
			last = { name, bytes: transpose(await files.readTensor(name), columns, rows) };
		}
		return last.bytes;
	};
	const transposedEntry = (name: string) => {
		const entry = tensors.get(name);
		return entry !== undefined && isTransposed(transposed, name, entry) ? entry : undefined;
	};
	return {
		...files,
		tensors,
		async readTensor(name) {
			const entry = transposedEntry(name);
			return entry === undefined ? files.readTensor(name) : transposedBytes(name, entry);
		},
		...(readRange === undefined
			? {}
			: {
					async readRange(name: string, offset: number, length: number) {
						const entry = transposedEntry(name);
						if (entry === undefined) return readRange(name, offset, length);
						return (await transposedBytes(name, entry)).slice(offset, offset + length);
					},
				}),
	};
}

const isTransposed = (transposed: (name: string) => boolean, name: string, { shape }: TensorEntry): boolean =>
	shape.length === 2 && transposed(name);

/** bytes: [rows, columns] of elements of any size → [columns, rows] */
export function transpose(bytes: Uint8Array, rows: number, columns: number): Uint8Array<ArrayBuffer> {
	const size = bytes.byteLength / (rows * columns);
	const out = new Uint8Array(bytes.byteLength);
	for (let row = 0; row < rows; row++)
		for (let column = 0; column < columns; column++)
			for (let i = 0; i < size; i++) out[(column * rows + row) * size + i] = bytes[(row * columns + column) * size + i];
	return out;
}
