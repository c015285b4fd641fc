// Uploads weights from their files to the GPU, in pieces of whole rows that are converted or quantised, so that JavaScript memory
// never holds a whole matrix as floats. weightValues computes the float32 values that training uses.
import type { GpuMemory } from "../executor/memory.ts";
import { decodeToFloat32, encodeBf16 } from "../formats/index.ts";
import { elements } from "../graph/ir.ts";
import { ropeTables } from "../graph/rope-tables.ts";
import { dequantise, quantiser } from "../kernels/quantise.ts";
import {
	ggufBlockFormat,
	isQuantisedFormat,
	needsDequant,
	type QuantisedFormat,
	type WeightFormat,
	weightFormatBytes,
} from "../kernels/weight-format.ts";
import type { LoadedModel } from "./load.ts";
import { ropePositions } from "./rope.ts";

/** Size of one read, in bytes. */
const PIECE_BYTES = 8 * 2 ** 20;

/**
 * Uploads every weight and the rotary tables, one tensor at a time.
 * @param valuesOf values that replace the file's; undefined for a weight without such values
 */
export async function uploadWeights(
	model: LoadedModel,
	memory: GpuMemory,
	onProgress?: (done: number, total: number) => void,
	valuesOf?: (name: string) => Promise<Float32Array | undefined>,
): Promise<void> {
	let done = 0;
	for (const { name, shape } of model.family.weights(model.config)) {
		await uploadWeight(model, memory, name, await valuesOf?.(name));
		done += weightFormatBytes(model.storageOf(name), shape);
		onProgress?.(done, model.weightBytes);
	}
	const { config } = model;
	for (const [name, settings] of Object.entries(model.family.ropes(config))) {
		const tables = ropeTables(settings, ropePositions(config));
		memory.upload(`${name}.cos`, tables.cos);
		memory.upload(`${name}.sin`, tables.sin);
	}
}

/** Uploads one weight in its format. @param values replace the file's, [elements] */
export async function uploadWeight(
	model: LoadedModel,
	memory: GpuMemory,
	name: string,
	values?: Float32Array,
): Promise<void> {
	const { shape, dtype } = entryOf(model, name);
	const storage = model.storageOf(name);
	if (isFileBlocks(model, name) && values === undefined) {
		let at = 0;
		for await (const bytes of blockPieces(model, name)) {
			memory.upload(name, bytes, at, weightFormatBytes(storage, shape));
			at += bytes.byteLength;
		}
		return;
	}
	if (isQuantisedFormat(storage)) {
		memory.upload(name, await packed(model, name, storage, values));
		return;
	}
	if (needsDequant(storage))
		throw new Error(`${name} is stored in the blocks of its file, so its values cannot be replaced`);
	if (values !== undefined) {
		memory.upload(name, storage === "bf16" ? encodeBf16(values) : values);
		return;
	}
	const total = weightFormatBytes(storage, shape);
	let at = 0;
	for await (const bytes of pieces(model, name)) {
		const stored = storedBytes(bytes, dtype, storage);
		memory.upload(name, stored, at, total);
		at += stored.byteLength;
	}
}

/** The exact float32 values of a weight that training uses. */
export async function weightValues(model: LoadedModel, name: string): Promise<Float32Array> {
	const { shape, dtype } = entryOf(model, name);
	const storage = model.storageOf(name);
	if (isQuantisedFormat(storage) && !isFileBlocks(model, name)) {
		return dequantise(storage, await packed(model, name, storage), shape[0], shape[1]);
	}
	const floats = decodeToFloat32(await model.files.readTensor(name), dtype);
	return storage === "bf16" && dtype !== "BF16" ? decodeToFloat32(encodeBf16(floats), "BF16") : floats;
}

async function packed(model: LoadedModel, name: string, storage: QuantisedFormat, values?: Float32Array) {
	const { shape, dtype } = entryOf(model, name);
	const into = quantiser(storage, shape[0], shape[1]);
	if (values !== undefined) into.push(values);
	else for await (const bytes of pieces(model, name)) into.push(decodeToFloat32(bytes, dtype));
	return into.finish();
}

/** Whether a weight is uploaded in the blocks of its GGUF file, unchanged. */
function isFileBlocks({ files, storageOf }: LoadedModel, name: string): boolean {
	return ggufBlockFormat(files.blocks?.typeOf(name) ?? "") === storageOf(name);
}

/** The blocks of a weight, an even number of rows at a time, so that every piece is whole words. */
async function* blockPieces({ files }: LoadedModel, name: string): AsyncGenerator<Uint8Array> {
	const [rows, width] = files.tensors.get(name)?.shape ?? [];
	const step = 2 * Math.max(1, Math.floor(PIECE_BYTES / (8 * width)));
	for (let from = 0; from < rows; from += step)
		yield (await files.blocks?.rows(name, from, Math.min(rows, from + step))) ?? new Uint8Array();
}

/** The bytes of a weight in the file, an even number of rows at a time, so that every piece of bf16 is whole words. */
async function* pieces(model: LoadedModel, name: string): AsyncGenerator<Uint8Array> {
	const { files } = model;
	const { shape, byteLength } = entryOf(model, name);
	const rowBytes = byteLength / shape[0];
	if (files.readRange === undefined || byteLength <= PIECE_BYTES) {
		yield await files.readTensor(name);
		return;
	}
	const step = 2 * Math.max(1, Math.floor(PIECE_BYTES / (2 * rowBytes))) * rowBytes;
	for (let at = 0; at < byteLength; at += step) yield await files.readRange(name, at, Math.min(step, byteLength - at));
}

function entryOf(model: LoadedModel, name: string) {
	const entry = model.files.tensors.get(name);
	if (entry === undefined || elements(entry.shape) === 0) throw new Error(`${name} was not opened`);
	return entry;
}

function storedBytes(bytes: Uint8Array, from: string, to: Exclude<WeightFormat, QuantisedFormat>): Uint8Array {
	if (to === "bf16") return from === "BF16" ? bytes : encodeBf16(decodeToFloat32(bytes, from));
	if (from === "F32") return bytes;
	const floats = decodeToFloat32(bytes, from);
	return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}
