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
	/** SHA-256 of the name, shape and first bytes of every weight of the base. */
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

/** Bytes of each weight that the fingerprint includes. */
const SAMPLED_BYTES = 1024;

async function baseFingerprint({ files }: LoadedModel): Promise<string> {
	const parts: BlobPart[] = [];
	for (const [name, { dtype, shape, byteLength }] of [...files.tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
		parts.push(`${name} ${dtype} ${shape.join()}\n`);
		const bytes = await files.readRange?.(name, 0, Math.min(SAMPLED_BYTES, byteLength));
		if (bytes !== undefined) parts.push(bytes);
	}
	return sha256Hex(new Uint8Array(await new Blob(parts).arrayBuffer()));
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
	return sha256Hex(new TextEncoder().encode(`${rows.length} ${rows.inPairs} ${digests.join()}`));
}
