// From a model folder to frozen weights on the GPU: names and shapes are checked against the family before a byte is
// read, then tensors go up one at a time. A whole model is never held in JavaScript memory.
import { TabTuneError } from "../errors.ts";
import type { GpuMemory } from "../executor/memory.ts";
import {
	decodeToFloat32,
	encodeBf16,
	type ModelConfig,
	type ModelFolder,
	openWeights,
	readModelConfig,
	type TensorFile,
} from "../formats/index.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { elements, type TensorSpec } from "../graph/ir.ts";
import { ropeTables } from "../graph/rope-tables.ts";
import type { ModelFamily } from "./family.ts";
import { familyOf, KNOWN_MODEL_TYPES } from "./index.ts";
import { ropePositions } from "./rope.ts";

export type BaseDType = "auto" | "float32" | "bfloat16";

/** What graphs need to know of a model. */
export interface ModelShape {
	readonly config: ModelConfig;
	readonly family: ModelFamily;
	/** How a weight is held on the GPU. */
	storageOf(name: string): "f32" | "bf16";
}

/** A model whose files are opened and checked, with nothing uploaded yet. */
export interface LoadedModel extends ModelShape {
	readonly name: string;
	readonly folder: ModelFolder;
	readonly files: TensorFile;
	readonly parameters: number;
	readonly weightBytes: number;
	readonly dtype: "float32" | "bfloat16" | "mixed";
}

/**
 * Opens config.json and the safetensors and holds them against the family.
 * @param name goes into adapter_config.json as base_model_name_or_path.
 * @throws TabTuneError "model" naming the key, tensor or shape that is wrong.
 */
export async function openModelFiles(
	folder: ModelFolder,
	name: string,
	dtype: BaseDType = "auto",
): Promise<LoadedModel> {
	const config = await readModelConfig(folder, KNOWN_MODEL_TYPES);
	const family = familyOf(config.model_type);
	const files = await openWeights(folder);
	const specs = family.weights(config);
	const storage = new Map<string, "f32" | "bf16">();
	for (const { name: weight, shape } of specs) {
		const held = files.tensors.get(weight);
		if (held === undefined) {
			throw new TabTuneError("model", {
				what: `the weight ${weight} is missing`,
				where: folder.name,
				next: "download the model again; its files do not belong together",
			});
		}
		if (held.shape.join() !== shape.join()) {
			throw new TabTuneError("model", {
				what: `${weight} is [${held.shape.join(", ")}], config.json says [${shape.join(", ")}]`,
				where: folder.name,
				next: "use the config.json that came with these weights",
			});
		}
		if (!["F32", "F16", "BF16"].includes(held.dtype)) {
			throw new TabTuneError("not-yet", {
				what: `${weight} is stored as ${held.dtype}`,
				where: folder.name,
				next: "use a float32, float16 or bfloat16 safetensors model",
			});
		}
		// Norms and biases are small: they are held as float32 whatever the file says.
		const bf16 = shape.length > 1 && (dtype === "bfloat16" || (dtype === "auto" && held.dtype === "BF16"));
		storage.set(weight, bf16 ? "bf16" : "f32");
	}
	const matrices = specs.filter(({ shape }) => shape.length > 1).map(({ name: weight }) => storage.get(weight));
	return {
		name,
		folder,
		files,
		config,
		family,
		storageOf(weight) {
			const found = storage.get(weight);
			if (found === undefined) throw new Error(`the family has no weight ${weight}`);
			return found;
		},
		parameters: specs.reduce((total, { shape }) => total + elements(shape), 0),
		weightBytes: specs.reduce(
			(total, { name: weight, shape }) => total + elements(shape) * (storage.get(weight) === "bf16" ? 2 : 4),
			0,
		),
		dtype: matrices.every((kind) => kind === "bf16")
			? "bfloat16"
			: matrices.every((kind) => kind === "f32")
				? "float32"
				: "mixed",
	};
}

/** Declares a frozen weight in a graph. Biases and norms: [n]; matrices: [out, in]. */
export function declareWeight(builder: GraphBuilder, model: ModelShape, name: string): TensorSpec {
	const spec = weightShapes(model).get(name);
	if (spec === undefined) throw new Error(`the family has no weight ${name}`);
	return builder.declare("weight", name, spec, model.storageOf(name));
}

const shapesOf = new WeakMap<ModelConfig, Map<string, readonly number[]>>();
function weightShapes({ family, config }: ModelShape): Map<string, readonly number[]> {
	let shapes = shapesOf.get(config);
	if (shapes === undefined) {
		shapes = new Map(family.weights(config).map(({ name, shape }) => [name, shape]));
		shapesOf.set(config, shapes);
	}
	return shapes;
}

/** Uploads every weight and the rotary tables, one tensor at a time. */
export async function uploadWeights(
	model: LoadedModel,
	memory: GpuMemory,
	onProgress?: (done: number, total: number) => void,
): Promise<void> {
	let done = 0;
	for (const { name, shape } of model.family.weights(model.config)) {
		await uploadWeight(model, memory, name);
		done += elements(shape) * (model.storageOf(name) === "bf16" ? 2 : 4);
		onProgress?.(done, model.weightBytes);
	}
	const { config } = model;
	const tables = ropeTables(
		{ theta: config.rope_theta, head_dim: config.head_dim, scaling: config.rope_scaling },
		ropePositions(config),
	);
	memory.upload("rope.cos", tables.cos);
	memory.upload("rope.sin", tables.sin);
}

/** Uploads one weight as the model holds it. @param values in the place of the file's, [elements] */
export async function uploadWeight(
	model: LoadedModel,
	memory: GpuMemory,
	name: string,
	values?: Float32Array,
): Promise<void> {
	const held = model.files.tensors.get(name);
	if (held === undefined) throw new Error(`${name} was not opened`);
	const bytes =
		values === undefined
			? storedBytes(await model.files.readTensor(name), held.dtype, model.storageOf(name))
			: model.storageOf(name) === "bf16"
				? encodeBf16(values)
				: values;
	memory.upload(name, bytes);
}

/** A weight in the exact float32 values that training sees. */
export async function weightValues(model: LoadedModel, name: string): Promise<Float32Array> {
	const held = model.files.tensors.get(name);
	if (held === undefined) throw new Error(`${name} was not opened`);
	const floats = decodeToFloat32(await model.files.readTensor(name), held.dtype);
	return model.storageOf(name) === "bf16" && held.dtype !== "BF16"
		? decodeToFloat32(encodeBf16(floats), "BF16")
		: floats;
}

function storedBytes(bytes: Uint8Array, from: string, to: "f32" | "bf16"): Uint8Array {
	if (to === "bf16") return from === "BF16" ? bytes : encodeBf16(decodeToFloat32(bytes, from));
	if (from === "F32") return bytes;
	const floats = decodeToFloat32(bytes, from);
	return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}
