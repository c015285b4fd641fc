// What identifies a run in its checkpoints: an id, the base, the rows and the tensors it trains. A checkpoint resumes only
// where these are the same.
import type { AdapterLayout } from "../../adapters/adapter.ts";
import type { EncodedDataset } from "../../data/dataset.ts";
import { sha256Hex } from "../../formats/index.ts";
import type { LoadedModel } from "../../models/load.ts";

export interface RunIdentity {
	/** Random; a resumed run keeps it. */
	readonly id: string;
	/** Where the run began, for messages. */
	readonly folder: string;
	/** Whether it began with an existing adapter, whose configuration the settings do not state in full. */
	readonly continues: boolean;
}

export interface RunFingerprints {
	/** Two SHA-256 of the base: of the name, shape and first bytes of every weight, and of blocks spread over its values. */
	readonly base: string;
	/** The precision of the base in GPU memory. */
	readonly dtype: string;
	/** SHA-256 of the token ids and labels of the training rows, in the order of the file. */
	readonly data: string;
	/** Every trained tensor in the order of the flat buffer, and the scaling of every LoRA module. */
	readonly layout: {
		readonly tensors: readonly (readonly [name: string, shape: readonly number[]])[];
		readonly scalings: readonly (readonly [path: string, scaling: number])[];
	};
}

/** A random id of 12 hexadecimal digits. */
export function newRunId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(6));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function fingerprintsOf(
	model: LoadedModel,
	layout: AdapterLayout,
	train: EncodedDataset,
): Promise<RunFingerprints> {
	const { table, modules, tensors } = layout;
	return {
		base: await baseFingerprint(model),
		dtype: model.dtype,
		data: await rowsFingerprint(train),
		layout: {
			tensors: tensors.map(({ name, shape }) => [name, shape]),
			scalings: [...modules, ...(table === null ? [] : [table])].map(({ module, scaling }) => [module.path, scaling]),
		},
	};
}

/** Bytes at the beginning of each weight that the first hash includes; checkpoints of earlier versions have it alone. */
const FIRST_BYTES = 1024;
/** The second hash includes a block of this many bytes from each piece of a weight: all of a small one, 1/256 of a large one. */
const BLOCK_BYTES = 4096;
const PIECE_BYTES = 1 << 20;
const FEWEST_BLOCKS = 4;
const MOST_BLOCKS = 64;

async function baseFingerprint({ files }: LoadedModel): Promise<string> {
	const [first, blocks]: [BlobPart[], BlobPart[]] = [[], []];
	for (const [name, { dtype, shape, byteLength }] of [...files.tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
		first.push(`${name} ${dtype} ${shape.join()}\n`);
		const read = async (offset: number, length: number): Promise<BlobPart[]> => {
			const bytes = await files.readRange?.(name, offset, Math.min(length, byteLength - offset));
			return bytes === undefined ? [] : [bytes];
		};
		first.push(...(await read(0, FIRST_BYTES)));
		for (const offset of blockOffsets(byteLength)) blocks.push(...(await read(offset, BLOCK_BYTES)));
	}
	const hashes = [first, blocks].map(async (parts) => sha256Hex(new Uint8Array(await new Blob(parts).arrayBuffer())));
	return (await Promise.all(hashes)).join("-");
}

/** Where the blocks of a weight begin: evenly spaced, the first at 0 and the last at the end. */
export function blockOffsets(byteLength: number): number[] {
	const whole = Math.ceil(byteLength / BLOCK_BYTES);
	const count = Math.min(whole, Math.max(FEWEST_BLOCKS, Math.min(MOST_BLOCKS, Math.ceil(byteLength / PIECE_BYTES))));
	return Array.from({ length: count }, (_, i) => Math.floor((i * (whole - 1)) / Math.max(1, count - 1)) * BLOCK_BYTES);
}

/** Whether two fingerprints of a base agree, also where one is of an earlier version. */
export function sameBase(a: string, b: string): boolean {
	const [[firstA, blocksA], [firstB, blocksB]] = [a.split("-"), b.split("-")];
	return firstA === firstB && (blocksA === undefined || blocksB === undefined || blocksA === blocksB);
}

/** Numbers that are hashed at once. */
const CHUNK = 1 << 20;

async function rowsFingerprint(rows: EncodedDataset): Promise<string> {
	const digests: string[] = [];
	let numbers: Int32Array<ArrayBuffer>[] = [];
	let count = 0;
	const digest = async () => {
		digests.push(await sha256Hex(new Uint8Array(await new Blob(numbers).arrayBuffer())));
		numbers = [];
		count = 0;
	};
	for (let unit = 0; unit < rows.length; unit++)
		for (const { input_ids, labels } of rows.unit(unit)) {
			numbers.push(Int32Array.of(unit, input_ids.length), Int32Array.from(input_ids), Int32Array.from(labels));
			count += 2 * input_ids.length;
			if (count > CHUNK) await digest();
		}
	await digest();
	return sha256Hex(
		new TextEncoder().encode(
			`${rows.length} ${rows.kind === "rated" ? rows.ratingsText : rows.inPairs} ${digests.join()}`,
		),
	);
}
