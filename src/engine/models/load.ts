// Opens a model folder: checks the names and shapes of the weights against the family before their bytes are read, and chooses
// the format of each weight on the GPU. upload.ts uploads them.
import { TabTuneError } from "../../shared/errors.ts";
import { modelsMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { FLOAT_DTYPES, type ModelFolder, openWeights, type TensorFile } from "../formats/index.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { elements, type TensorSpec } from "../graph/ir.ts";
import {
	ggufBlockFormat,
	isQuantisedFormat,
	needsDequant,
	type QuantisedFormat,
	type WeightFormat,
	weightFormatBytes,
	widthMultiple,
} from "../kernels/weight-format.ts";
import { checkTensors } from "./check-tensors.ts";
import { readModelConfig } from "./config.ts";
import type { ModelFamily } from "./family.ts";
import { familyOf } from "./index.ts";
import { weightName } from "./linear.ts";
import type { ModelConfig } from "./model-config.ts";
import { refuseQuantisedFiles } from "./quantised-files.ts";
import { withTransposedWeights } from "./transposed-weights.ts";
import { hasOtherHead, withFamilyNames } from "./weight-names.ts";

/**
 * The dtype of the frozen base. "auto" is the dtype of the file, with the linear layers of a GGUF file in its own blocks. The
 * quantised dtypes apply to linear layers; embeddings, norms and head are floats.
 */
export type BaseDType = "auto" | "float32" | "bfloat16" | QuantisedFormat;

/** The properties of a model that graphs use. */
export interface ModelShape {
	readonly config: ModelConfig;
	readonly family: ModelFamily;
	/** The format of a weight on the GPU. */
	storageOf(name: string): WeightFormat;
}

/** A model whose files are opened and checked; nothing is uploaded yet. */
export interface LoadedModel extends ModelShape {
	readonly name: string;
	readonly folder: ModelFolder;
	readonly files: TensorFile;
	readonly parameters: number;
	readonly weightBytes: number;
	/** "gguf": linear layers are in the blocks of their file. */
	readonly dtype: "float32" | "bfloat16" | "mixed" | "gguf" | QuantisedFormat;
	readonly warnings: readonly Message[];
	/** The dtype that was asked for. */
	readonly requested: BaseDType;
	/** What an adapter changes in the base; null for a base as its files have it. */
	readonly changes: BaseChanges | null;
}

/** What an adapter, or a tokenizer with more tokens, changes in a base: other weights, more tokens. */
export interface BaseChanges {
	readonly base: LoadedModel;
	/** The weights that differ from the base's, as the base stores them. */
	readonly tensors: ReadonlyMap<string, ChangedTensor>;
	/** Files of the adapter's tokenizer, in place of the base's. */
	readonly texts: Readonly<Record<string, string>>;
	/** Ids of the tokens that a new adapter adds; none where an adapter's files make the changes. */
	readonly newTokens?: readonly number[];
}

export interface ChangedTensor {
	readonly dtype: "F32" | "BF16";
	readonly shape: readonly number[];
	readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Whether linear layers are quantised, so that they cannot be trained. */
export const isQuantised = ({ dtype }: Pick<LoadedModel, "dtype">): boolean =>
	dtype === "gguf" || isQuantisedFormat(dtype);

/**
 * Opens config.json and the weights and checks them against the family.
 * @param name base_model_name_or_path of adapter_config.json.
 * @param headersOnly whether only the headers of the weights can be read, as before a download
 * @throws TabTuneError "model" naming the key, tensor or shape that is wrong.
 */
export async function openModelFiles(
	folder: ModelFolder,
	name: string,
	dtype: BaseDType = "auto",
	headersOnly = false,
): Promise<LoadedModel> {
	const stated = await readModelConfig(folder);
	const family = familyOf(stated.model_type);
	const opened = await openWeights(folder);
	const files = folder.gguf === undefined ? await huggingFaceFiles(folder, family, stated, opened) : opened;
	const untied = !headersOnly && (await hasOtherHead(family, stated, files));
	const config = untied ? { ...stated, tie_word_embeddings: false } : stated;
	checkTensors(family, config, files, folder.name);
	const head = `${family.head(config).path}.weight`;
	const warnings = [
		...(folder.warnings ?? []),
		...(untied ? [modelsMessage("otherHead", { head, file: folder.name })] : []),
	];
	return checkedModel({ name, folder, files, config, family, warnings, requested: dtype, changes: null });
}

/**
 * Checks the names, shapes and dtypes of the weights, and chooses their formats.
 * @throws TabTuneError "model" naming the tensor or shape that is wrong.
 */
export function checkedModel(
	opened: Omit<LoadedModel, "storageOf" | "parameters" | "weightBytes" | "dtype">,
): LoadedModel {
	const { folder, files, config, family, requested: dtype } = opened;
	const specs = family.weights(config);
	const storage = new Map<string, WeightFormat>();
	const linear = new Set(family.linearModules(config).map(weightName));
	for (const { name: weight, shape } of specs) {
		const entry = files.tensors.get(weight);
		if (entry === undefined) throw new Error(`${weight} was checked`);
		if (!FLOAT_DTYPES.includes(entry.dtype)) {
			throw new TabTuneError("not-yet", {
				what: modelsMessage("weightType", { weight, dtype: entry.dtype }),
				where: folder.name,
				next: modelsMessage("weightType.next"),
			});
		}
		// Norms and biases are small and always float32.
		const asFile = dtype === "auto" || isQuantisedFormat(dtype);
		const bf16 = shape.length > 1 && (dtype === "bfloat16" || (asFile && entry.dtype === "BF16"));
		if (isQuantisedFormat(dtype) && linear.has(weight) && shape[1] % widthMultiple(dtype) !== 0) {
			throw new TabTuneError("model", {
				what: modelsMessage("rowWidth", { weight, width: shape[1], dtype, multiple: widthMultiple(dtype) }),
				where: folder.name,
				next: modelsMessage("rowWidth.next"),
			});
		}
		const packed = isQuantisedFormat(dtype)
			? dtype
			: dtype === "auto"
				? ggufBlockFormat(files.blocks?.typeOf(weight) ?? "")
				: undefined;
		storage.set(weight, packed !== undefined && linear.has(weight) ? packed : bf16 ? "bf16" : "f32");
	}
	const blocks = dtype === "auto" && [...storage.values()].some(needsDequant);
	const matrices = specs.filter(({ shape }) => shape.length > 1).map(({ name: weight }) => storage.get(weight));
	return {
		...opened,
		storageOf(weight) {
			const found = storage.get(weight);
			if (found === undefined) throw new Error(`the family has no weight ${weight}`);
			return found;
		},
		parameters: specs.reduce((total, { shape }) => total + elements(shape), 0),
		weightBytes: specs.reduce(
			(total, { name: weight, shape }) => total + weightFormatBytes(storage.get(weight) ?? "f32", shape),
			0,
		),
		dtype: isQuantisedFormat(dtype)
			? dtype
			: blocks
				? "gguf"
				: matrices.every((kind) => kind === "bf16")
					? "bfloat16"
					: matrices.every((kind) => kind === "f32")
						? "float32"
						: "mixed",
	};
}

/** The weights of a Hugging Face folder under the family's names, every matrix as [out, in], which GGUF files have already. */
async function huggingFaceFiles(
	folder: ModelFolder,
	family: ModelFamily,
	config: ModelConfig,
	opened: TensorFile,
): Promise<TensorFile> {
	refuseQuantisedFiles(opened, await folder.list(), folder.name);
	return withTransposedWeights(family, withFamilyNames(family, config, opened));
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
