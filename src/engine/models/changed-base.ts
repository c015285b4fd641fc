// A base with changes that an adapter's files ask for: weights in place of the base's (PEFT's save_embedding_layers) and a
// vocabulary of another size, as after transformers' resize_token_embeddings.
import { decodeToFloat32, encodeBf16, encodeFloat32 } from "../formats/index.ts";
import { elements } from "../graph/ir.ts";
import { type ChangedTensor, checkedModel, type LoadedModel } from "./load.ts";
import type { ModelConfig } from "./model-config.ts";
import { weightValues } from "./upload.ts";

/** The values of a weight, row by row, and its shape. */
export interface NewWeight {
	readonly shape: readonly number[];
	readonly values: Float32Array;
}

export interface ChangesAsked {
	/** Rows of the embedding and the head. */
	readonly vocab_size: number;
	/** Weights of the base by the family's names; a separate head unties a tied base. */
	readonly weights: ReadonlyMap<string, NewWeight>;
}

/**
 * Applies changes to a base. Rows of new tokens that no weight states are the mean of the base's rows, which
 * `resize_token_embeddings` draws its new rows around.
 * @returns the base itself where nothing differs
 */
export async function changedBase(base: LoadedModel, asked: ChangesAsked): Promise<LoadedModel> {
	const { family } = base;
	const head = family.head(base.config);
	const own = `${head.path}.weight`;
	const table = `${family.embedding(base.config).path}.weight`;
	const tensors = new Map<string, ChangedTensor>();
	for (const [name, weight] of asked.weights) {
		if (name === own && head.weight !== undefined) continue;
		const tensor = stored(base, name, weight);
		if (!(await isBase(base, name, tensor))) tensors.set(name, tensor);
	}
	let config: ModelConfig = { ...base.config, vocab_size: asked.vocab_size };
	const newHead = asked.weights.get(own);
	if (head.weight !== undefined && newHead !== undefined) {
		const tensor = stored(base, table, newHead);
		const alone = !asked.weights.has(table);
		const tied = tensors.get(table);
		if (alone) {
			// PEFT copies it into the matrix that both share.
			if (!(await isBase(base, table, tensor))) tensors.set(table, tensor);
		} else if (tied === undefined ? !(await isBase(base, table, tensor)) : !sameBytes(tied.bytes, tensor.bytes)) {
			config = { ...config, tie_word_embeddings: false };
			tensors.set(own, tensor);
		}
	}
	if (asked.vocab_size !== base.config.vocab_size)
		for (const { name, shape } of family.weights(config))
			if ((name === table || name === own) && tensors.get(name)?.shape[0] !== shape[0])
				tensors.set(name, stored(base, name, { shape, values: await grownRows(base, name, shape) }));
	if (tensors.size === 0) return base;
	return checkedModel({
		...base,
		config,
		files: withTensors(base.files, tensors),
		changes: { base, tensors, texts: {} },
	});
}

/** A weight of the base for another number of rows; the mean of its rows in place of those that it does not have. */
async function grownRows(base: LoadedModel, name: string, [rows, width]: readonly number[]): Promise<Float32Array> {
	const before = await weightValues(
		base,
		base.files.tensors.has(name) ? name : `${base.family.embedding(base.config).path}.weight`,
	);
	const out = new Float32Array(rows * width);
	out.set(before.subarray(0, out.length));
	const count = before.length / width;
	if (rows <= count) return out;
	const mean = new Float64Array(width);
	for (let i = 0; i < before.length; i++) mean[i % width] += before[i] / count;
	for (let row = count; row < rows; row++) out.set(mean, row * width);
	return out;
}

function stored(base: LoadedModel, name: string, { shape, values }: NewWeight): ChangedTensor {
	const half =
		base.storageOf(base.files.tensors.has(name) ? name : `${base.family.embedding(base.config).path}.weight`) ===
		"bf16";
	return half
		? { dtype: "BF16", shape, bytes: encodeBf16(values) }
		: { dtype: "F32", shape, bytes: encodeFloat32(values) };
}

async function isBase(base: LoadedModel, name: string, tensor: ChangedTensor): Promise<boolean> {
	const entry = base.files.tensors.get(name);
	if (entry?.shape.join() !== tensor.shape.join()) return false;
	const values = await weightValues(base, name);
	return decodeToFloat32(tensor.bytes, tensor.dtype).every((value, i) => value === values[i]);
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
	a.length === b.length && a.every((byte, i) => byte === b[i]);

function withTensors(files: LoadedModel["files"], changed: ReadonlyMap<string, ChangedTensor>): LoadedModel["files"] {
	const tensors = new Map(files.tensors);
	for (const [name, { dtype, shape }] of changed)
		tensors.set(name, { dtype, shape, offset: 0, byteLength: elements(shape) * (dtype === "BF16" ? 2 : 4) });
	const { readRange, blocks } = files;
	return {
		...files,
		tensors,
		readTensor: async (name) => changed.get(name)?.bytes ?? files.readTensor(name),
		...(readRange === undefined
			? {}
			: {
					readRange: async (name: string, offset: number, length: number) =>
						changed.get(name)?.bytes.slice(offset, offset + length) ?? readRange(name, offset, length),
				}),
		...(blocks === undefined
			? {}
			: {
					blocks: {
						...blocks,
						typeOf: (name: string) => (changed.has(name) ? undefined : blocks.typeOf(name)),
					},
				}),
	};
}
